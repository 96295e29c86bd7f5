"""Two agents at one backlog, through the official client. Ends with `all is well`, or with what was not."""

import asyncio
import subprocess
import sys
from contextlib import asynccontextmanager

from mcp import ClientSession, StdioServerParameters
from mcp.client.stdio import stdio_client

ACTIFIX, DATABASE = sys.argv[1:]
TOOLS = {"record", "add", "list", "get", "similar", "claim", "renew", "complete", "close", "release", "mine"}
SECRET = "only-for-the-holder"
EVIDENCE = {
    "did": "Added the missing migration for the age column",
    "files": ["migrations/0007_age.sql"],
    "tested": "pytest tests/test_people.py",
    "results": "31 passed, 0 failed",
}


@asynccontextmanager
async def agent(name):
    server = StdioServerParameters(
        command=ACTIFIX, args=["--db", DATABASE, "--as", name, "mcp", "--lease", "1s"]
    )
    async with stdio_client(server) as (read, write), ClientSession(read, write) as session:
        await session.initialize()
        yield session


async def call(session, tool, **arguments):
    result = await session.call_tool(tool, arguments)
    text = "\n".join(block.text for block in result.content)
    # Short enough for a model, whatever is in the store.
    assert len(text) < 20_000, (tool, len(text))
    return bool(result.is_error), text


async def done(session, tool, **arguments):
    failed, text = await call(session, tool, **arguments)
    assert not failed, (tool, arguments, text)
    return text


async def refused(session, tool, **arguments):
    failed, text = await call(session, tool, **arguments)
    assert failed, (tool, arguments, text)
    return text


async def until(look):
    """Asks again until it is so, for a minute at most."""
    for _ in range(600):
        if await look():
            return
        await asyncio.sleep(0.1)
    raise AssertionError("it did not come true")


async def reports_and_looks(ann):
    tools = (await ann.list_tools()).tools
    assert {tool.name for tool in tools} == TOOLS, tools
    report = {"error_type": "ValueError", "message": "no such column: age", "priority": "P1", "stack_trace": SECRET}
    said = await done(ann, "record", **report)
    assert "is new" in said, said
    ticket = said.split()[0]
    assert "2 times" in await done(ann, "record", **report)
    await done(ann, "add", title="Write the guide", body="All of it", priority="P3")
    await done(ann, "add", title="Answer the letters")
    await done(ann, "add", title="Sweep the floor")
    assert ticket in (await done(ann, "list", limit=2)).splitlines()[0]
    assert "recorded" in await done(ann, "get", id=ticket)
    assert "unknown field" in await refused(ann, "list", limti=3)
    assert "hold no lease" in await refused(ann, "complete", id=ticket, **EVIDENCE)
    return ticket


async def claims_and_loses(ann, bob, ticket):
    said = await done(ann, "claim")
    assert f"You hold {ticket}" in said and SECRET in said, said
    # The losing claim names the holder and what else there is, and has nothing of the ticket in it.
    failed, said = await call(bob, "claim", id=ticket)
    assert failed, said
    assert "held by ann" in said and "Write the guide" in said, said
    assert SECRET not in said and "no such column" not in said, said


async def keeps(ann, ticket):
    async def renewed():
        return (await done(ann, "get", id=ticket)).count(" renewed ") >= 4

    await until(renewed)
    assert "renewed by itself" in await done(ann, "mine")
    assert "is yours for" in await done(ann, "renew", id=ticket, lease="30m")


async def ends(ann, bob, ticket):
    assert "results" in await refused(ann, "complete", id=ticket, **EVIDENCE | {"results": "ok"})
    assert "completed" in await done(ann, "complete", id=ticket, **EVIDENCE)
    second = (await done(bob, "claim")).split()[2]
    assert "given back" in await done(bob, "release", id=second, failed=True, reason="no database here")
    third = (await done(bob, "claim")).split()[2]
    assert third != second, "it rests"
    assert "wontfix" in await done(bob, "close", id=third, reason="wontfix", note="nobody writes letters")


async def is_told_of_a_loss(bob):
    await done(bob, "add", title="Taken away", priority="P0")
    ticket = (await done(bob, "claim", priority="P0")).split()[2]
    subprocess.run([ACTIFIX, "--db", DATABASE, "delete", ticket, "--force"], check=True, stdout=subprocess.DEVNULL)

    async def told():
        return "Stop working on it" in await done(bob, "list")

    await until(told)
    assert ticket not in await done(bob, "mine")


async def main():
    async with agent("ann") as ann, agent("bob") as bob:
        ticket = await reports_and_looks(ann)
        await claims_and_loses(ann, bob, ticket)
        await keeps(ann, ticket)
        await ends(ann, bob, ticket)
        await is_told_of_a_loss(bob)
        # Ann leaves with a ticket in her hands.
        assert "You hold" in await done(ann, "claim")
    print("all is well")


asyncio.run(main())
