def work(number):
    raise ValueError(f"part {number} is missing")


errors = []
for number in (1, 2):
    try:
        work(number)
    except ValueError as error:
        errors.append(error)
raise ExceptionGroup("two workers failed", errors)
