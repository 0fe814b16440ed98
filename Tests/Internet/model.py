"""The server behind api.anthropic.com: a Messages API whose model is a script. What it is asked decides what it has its
client do, one use of a tool after the other, until it is content."""

import json
import re
import uuid

from web import Web

# What a repository shows afterwards: a program with a mistake is tried, mended, tried again and committed.
FIX = [
    ("Bash", {"command": "sh test.sh", "description": "Run the tests"}),
    ("Read", {"file_path": "{project}/sum.sh"}),
    ("Edit", {"file_path": "{project}/sum.sh", "old_string": "$1 - $2", "new_string": "$1 + $2"}),
    ("Bash", {"command": "sh test.sh", "description": "Run the tests"}),
    ("Bash", {"command": "git commit -q -a -m 'Add, do not subtract'", "description": "Commit"}),
]

# The same in one tool that is a shell, whose own word says that all is done.
SHELL_FIX = [
    ("bash", {"command": "sh test.sh"}),
    ("bash", {"command": "sed -i 's/[$]1 - [$]2/$1 + $2/' sum.sh && sh test.sh"}),
    ("bash", {"command": "git commit -q -a -m 'Add, do not subtract'"}),
    ("bash", {"command": "echo COMPLETE_TASK_AND_SUBMIT_FINAL_OUTPUT"}),
]


def commit(file):
    # Long enough that whoever looks once a second sees it at work.
    command = f"sleep 3; echo 'from the model' >{file} && git add {file} && git commit -q -m 'Make {file}'"
    return [("Bash", {"command": command, "description": "Commit a file"})]


# What is asked, and what is done about it.
SCRIPTS = {
    "fix the failing test": FIX,
    "Commit an answer": commit("answer.txt"),
    "now one more file": commit("more.txt"),
    "and a last one": commit("last.txt"),
}


class Model(Web):
    async def route(self, stream, method, path, query, headers, body):
        if (method, path) != ("POST", "/v1/messages"):
            return await self.reply(stream, "404 Not Found", b"{}", "application/json")
        request = json.loads(body)
        asked, done = conversation(request["messages"])
        self.journal.note("model", asked=asked, done=done)
        events = answer(request, asked, done)
        if not request.get("stream"):
            return await self.reply(stream, "200 OK", json.dumps(whole(events)).encode(), "application/json")
        events = "".join(f"event: {event['type']}\ndata: {json.dumps(event)}\n\n" for event in events)
        await self.reply(stream, "200 OK", events.encode(), "text/event-stream")


def conversation(messages):
    """What the user has asked for up to now, and how many uses of tools have come back since the last of it."""
    asked, done = [], 0
    for message in messages:
        content = message["content"] if isinstance(message["content"], list) else [
            {"type": "text", "text": message["content"]}]
        for block in content if message["role"] == "user" else []:
            if block["type"] == "tool_result":
                done += 1
            for words in SCRIPTS if block["type"] == "text" else []:
                if words in block["text"]:
                    asked, done = asked + [words], 0
    return asked, done


def answer(request, asked, done):
    """The events of an answer: a use of a tool, or an end where all is done or the client has no such tool."""
    tools = {tool.get("name") for tool in request.get("tools", [])}
    steps = SCRIPTS[asked[-1]] if asked else []
    if steps is FIX and "bash" in tools:
        steps = SHELL_FIX
    if done < len(steps) and steps[done][0] in tools:
        name, words = steps[done]
        # The program says somewhere where it is.
        place = re.search(r"orking directory: ([^\s\\\"]+)", json.dumps(request))
        project = place.group(1) if place else "/nowhere"
        words = {key: value.replace("{project}", project) for key, value in words.items()}
        block = {"type": "tool_use", "id": f"toolu_{uuid.uuid4().hex}", "name": name, "input": {}}
        delta, reason = {"type": "input_json_delta", "partial_json": json.dumps(words)}, "tool_use"
    else:
        block, reason = {"type": "text", "text": ""}, "end_turn"
        delta = {"type": "text_delta", "text": "the model is content"}
    # A client takes what has the same id for parts of one message.
    message = {"id": f"msg_{uuid.uuid4().hex}", "type": "message", "role": "assistant", "model": request["model"], "content": []}
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


def whole(events):
    """The same answer in one piece."""
    message, block, delta = events[0]["message"], dict(events[1]["content_block"]), events[2]["delta"]
    if delta["type"] == "text_delta":
        block["text"] = delta["text"]
    else:
        block["input"] = json.loads(delta["partial_json"])
    return message | {"content": [block], "stop_reason": events[4]["delta"]["stop_reason"]}
