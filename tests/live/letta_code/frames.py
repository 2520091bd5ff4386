"""Frames to an App Server: one JSON object a line on standard input, its answer a line on standard output.

Runs with the Python that Letta Code is installed in, beside which `websockets` is; knows nothing of our packages.
"""

from __future__ import annotations

import asyncio
import json
import sys

CONNECT_SECONDS = 60
ANSWER_SECONDS = 120


async def main(url: str) -> None:
    import websockets  # type: ignore[import-not-found, unused-ignore]  # beside Letta Code

    for _ in range(CONNECT_SECONDS * 4):
        try:
            connection = await websockets.connect(url, max_size=None)
            break
        except OSError:
            await asyncio.sleep(0.25)
    else:
        raise SystemExit("the App Server did not start")
    number = 0
    async with connection:
        print(json.dumps({"connected": True}), flush=True)
        while line := await asyncio.to_thread(sys.stdin.readline):
            number += 1
            frame = {"request_id": f"r{number}", **json.loads(line)}
            await connection.send(json.dumps(frame))
            async with asyncio.timeout(ANSWER_SECONDS):
                while (answer := json.loads(await connection.recv())).get("request_id") != frame[
                    "request_id"
                ]:
                    pass
            print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
