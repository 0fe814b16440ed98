"""The server behind api.anthropic.com: a Messages API whose model is a script. It has its client run one shell command, and
is content with whatever comes back."""

import json

from web import Web

# What the model wants done: work that a repository shows afterwards.
COMMAND = "echo 'from the model' >answer.txt && git add answer.txt && git commit -q -m 'Answer the model' && git rev-parse HEAD"


class Model(Web):
    async def route(self, stream, method, path, query, headers, body):
        if (method, path) != ("POST", "/v1/messages"):
            return await self.reply(stream, "404 Not Found", b"{}", "application/json")
        request = json.loads(body)
        events = "".join(f"event: {event['type']}\ndata: {json.dumps(event)}\n\n" for event in answer(request))
        await self.reply(stream, "200 OK", events.encode(), "text/event-stream")


def answer(request):
    """The events of an answer: a use of the tool, or an end where a result has come back or there is no such tool."""
    tools = {tool.get("name") for tool in request.get("tools", [])}
    contents = [message["content"] for message in request["messages"] if message["role"] == "user"]
    blocks = [block for content in contents if isinstance(content, list) for block in content]
    if "Bash" in tools and not any(block["type"] == "tool_result" for block in blocks):
        block = {"type": "tool_use", "id": "toolu_1", "name": "Bash", "input": {}}
        words = {"command": COMMAND, "description": "Commit an answer"}
        delta, reason = {"type": "input_json_delta", "partial_json": json.dumps(words)}, "tool_use"
    else:
        block, reason = {"type": "text", "text": ""}, "end_turn"
        delta = {"type": "text_delta", "text": "the model is content"}
    message = {"id": "msg_1", "type": "message", "role": "assistant", "model": request["model"], "content": []}
    message |= {"stop_reason": None, "stop_sequence": None, "usage": {"input_tokens": 1, "output_tokens": 1}}
    ending = {"stop_reason": reason, "stop_sequence": None}
    return [
        {"type": "message_start", "message": message},
        {"type": "content_block_start", "index": 0, "content_block": block},
        {"type": "content_block_delta", "index": 0, "delta": delta},
        {"type": "content_block_stop", "index": 0},
        {"type": "message_delta", "delta": ending, "usage": {"output_tokens": 1}},
        {"type": "message_stop"},
    ]
