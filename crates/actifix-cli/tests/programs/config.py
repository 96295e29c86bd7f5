import json


def read(text):
    try:
        return json.loads(text)
    except ValueError as error:
        raise RuntimeError("the settings cannot be read") from error


read("{")
