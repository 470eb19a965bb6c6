"""Templates as tests look at them."""


def of_type(template, kind):
    return {id: each["Properties"] for id, each in template["Resources"].items() if each["Type"] == kind}


def references(value):
    """The ids that a template refers to, wherever in it."""
    import re

    if isinstance(value, dict):
        if set(value) == {"Ref"}:
            yield value["Ref"]
        elif set(value) == {"Fn::GetAtt"}:
            yield value["Fn::GetAtt"][0]
        elif set(value) == {"Fn::Sub"}:
            yield from (name for name in re.findall(r"\$\{([A-Za-z0-9]+)[.}]", value["Fn::Sub"]))
        else:
            for each in value.values():
                yield from references(each)
    elif isinstance(value, list):
        for each in value:
            yield from references(each)
