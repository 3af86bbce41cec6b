"""What people do with OpenAI's client, against a running server: ADDRESS is all it is told."""

import base64
import io
import struct
import sys
import warnings

import openai

address = sys.argv[1]
client = openai.OpenAI(base_url=address + "/v1", api_key="none", timeout=60)
warnings.simplefilter("ignore", DeprecationWarning)


def png(picture):
    data = base64.b64decode(picture.b64_json)
    assert data.startswith(b"\x89PNG"), data[:8]
    return data


def size(data):
    return struct.unpack(">II", data[16:24])


def refused(error, call, **expected):
    try:
        call()
    except error as found:
        for name, value in expected.items():
            assert getattr(found, name) == value, (name, getattr(found, name), found)
        assert found.request_id, found
        return found
    raise AssertionError(f"{error.__name__} was expected")


models = [model.id for model in client.models.list()]
assert models, "no models"
model = models[0]
assert client.models.retrieve(model).owned_by == "pinxit"

# The least that anybody sends, in both languages.
for prompt in ("a red apple", "一个红苹果"):
    answer = client.images.generate(model=model, prompt=prompt)
    assert len(answer.data) == 1 and answer.created > 1_700_000_000
    first = png(answer.data[0])
assert answer.usage.total_tokens == 0

# Names of other models by habit, and everything that can be said.
answer = client.images.generate(
    model="dall-e-3", prompt="a cat", n=2, size="64x64", quality="hd", style="vivid",
    response_format="b64_json", user="somebody",
    extra_body={"seed": 7, "steps": 4, "negative_prompt": "a dog", "guidance_scale": 3.5})
assert [picture.seed for picture in answer.data] == [7, 8]
assert size(png(answer.data[0])) == (64, 64)
again = client.images.generate(
    model=model, prompt="a cat", n=2, size="64x64", quality="hd",
    extra_body={"seed": 7, "steps": 4, "negative_prompt": "a dog", "guidance_scale": 3.5})
assert [picture.b64_json for picture in again.data] == [
    picture.b64_json for picture in answer.data]

# An address in place of the bytes.
answer = client.images.generate(
    model=model, prompt="a cat", response_format="url", extra_body={"seed": 7})
assert answer.data[0].url.startswith("http://"), answer.data[0].url
fetched = client._client.get(answer.data[0].url)
assert fetched.status_code == 200 and fetched.content.startswith(b"\x89PNG")

# Other formats.
for name, head in (("jpeg", b"\xff\xd8"), ("webp", b"RIFF")):
    answer = client.images.generate(
        model=model, prompt="a cat", extra_body={"output_format": name, "output_compression": 80})
    assert base64.b64decode(answer.data[0].b64_json).startswith(head), name

# Changing pictures: a file, bytes, several, a mask; and other pictures of the same.
upload = ("apple.png", first, "image/png")
for image in (io.BytesIO(first), first, [upload, upload]):
    answer = client.images.edit(
        model=model, image=image, prompt="a green apple", extra_body={"strength": 0.5, "seed": 3})
    assert len(answer.data) == 1 and png(answer.data[0])
answer = client.images.edit(model=model, image=upload, mask=upload, prompt="a hole")
assert png(answer.data[0])
answer = client.images.create_variation(model=model, image=first, n=2)
assert len(answer.data) == 2

# A stream with pictures on the way.
if hasattr(openai.types, "image_gen_stream_event") or openai.VERSION >= "1.90":
    events = list(client.images.generate(
        model=model, prompt="a cat", stream=True, partial_images=2, n=2,
        extra_body={"steps": 6}))
    kinds = [event.type for event in events]
    assert kinds.count("image_generation.completed") == 2, kinds
    assert "image_generation.partial_image" in kinds, kinds
    partial = next(event for event in events if event.type.endswith("partial_image"))
    assert partial.partial_image_index == 0 and png(partial)
    events = list(client.images.edit(
        model=model, image=first, prompt="a cat", stream=True, partial_images=0))
    assert [event.type for event in events] == ["image_edit.completed"]

# Errors are of the classes and fields that programs look at.
refused(openai.NotFoundError, lambda: client.images.generate(model="none", prompt="a"),
        code="model_not_found", param="model", type="invalid_request_error")
refused(openai.NotFoundError, lambda: client.models.retrieve("none"), code="model_not_found")
for size_text in ("1024.5x768.5", "-1x64", "64", "x64", "0x0", "100000x100000"):
    refused(openai.BadRequestError,
            lambda: client.images.generate(model=model, prompt="a", size=size_text))
refused(openai.BadRequestError, lambda: client.images.generate(model=model, prompt=""),
        code="missing_required_parameter", param="prompt")
for count in (0, -1, 1000):
    refused(openai.BadRequestError,
            lambda: client.images.generate(model=model, prompt="a", n=count))
refused(openai.BadRequestError,
        lambda: client.images.generate(model=model, prompt="a", response_format="file"),
        param="response_format")
refused(openai.BadRequestError,
        lambda: client.images.edit(model=model, image=b"no picture", prompt="a"))
print(f"openai {openai.VERSION}: all is well")
