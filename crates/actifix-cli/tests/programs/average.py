def mean(values):
    return sum(values) / len(values)

print("average", mean([]))
