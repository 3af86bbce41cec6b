"""Every request that programs make which cannot be run here, sent again: recorded.json has what they
send, as their sources say it, and what they read of the answers. ADDRESS is all it is told."""

import base64
import json
import pathlib
import sys
import urllib.request

address = sys.argv[1]
recorded = json.loads(pathlib.Path(__file__).with_name("recorded.json").read_text())


def ask(method, place, headers, body):
    request = urllib.request.Request(place, data=body, headers=headers, method=method)
    with urllib.request.urlopen(request, timeout=120) as answer:
        assert answer.status == 200, (place, answer.status)
        return answer.read()


def at(value, path):
    for name in path.split(".") if path else []:
        value = value[int(name)] if isinstance(value, list) else value[name]
    return value


def filled(value, known):
    """With what was answered before in the place of names with a dollar."""
    if isinstance(value, dict):
        return {name: filled(one, known) for name, one in value.items()}
    if isinstance(value, list):
        return [filled(one, known) for one in value]
    if isinstance(value, str) and "$" in value:
        before, name = value.split("$")
        found = at(known, name)
        return before + found if before else found
    return value


def form(fields, known):
    """As aiohttp and the SDKs write it: a file's name is its own, texts have no type."""
    mark, body = "recorded-boundary", b""
    for name, value in fields:
        picture = value == "$picture"
        head = f'--{mark}\r\nContent-Disposition: form-data; name="{name}"'
        if picture:
            head += '; filename="0b1c.png"\r\nContent-Type: image/png'
        content = base64.b64decode(known["picture"]) if picture else value.encode()
        body += head.encode() + b"\r\n\r\n" + content + b"\r\n"
    return f"multipart/form-data; boundary={mark}", body + f"--{mark}--\r\n".encode()


KINDS = {"text": str, "list": list, "object": dict, "number": (int, float)}


def check(answer, reads, place):
    for path, kind in reads.items():
        value = at(answer, path)
        if kind == "png":
            assert base64.b64decode(value).startswith(b"\x89PNG"), (place, path)
        elif kind == "json":
            assert isinstance(json.loads(value), dict), (place, path)
        elif isinstance(kind, str):
            assert isinstance(value, KINDS[kind]), (place, path, value)
        else:
            assert value == kind, (place, path, value)


seed = {"prompt": "a red apple", "steps": 2, "width": 64, "height": 64, "seed": 7}
first = json.loads(ask("POST", address + "/sdapi/v1/txt2img", {"Content-Type": "application/json"},
                       json.dumps(seed).encode()))
for program in recorded:
    known = {"picture": first["images"][0]}
    for request in program["requests"]:
        method = "GET" if "get" in request else "POST"
        place = request.get("get") or request["post"]
        headers, body = dict(request.get("headers", {})), None
        if "json" in request:
            headers["Content-Type"] = "application/json"
            body = json.dumps(filled(request["json"], known)).encode()
        elif "form" in request:
            headers["Content-Type"], body = form(request["form"], known)
        answer = json.loads(ask(method, address + place, headers, body))
        check(answer, request.get("reads", {}), place)
        for name in request.get("lacks", []):
            assert name not in answer, (place, name)
        if "as" in request:
            known[request["as"]] = answer
        if "fetch" in request:
            given = ask("GET", at(answer, request["fetch"]), headers, None)
            assert given.startswith(b"\x89PNG"), place
    print(f"{program['client']}: {len(program['requests'])} requests are well")
