"""A receiver as journalpump's users write them: prints each entry of each frame as a line of stdout, its port first."""

import asyncio
import json
import sys

import snappy
import websockets


async def receive(socket):
    compression = socket.request_headers["Journalpump-Compression"]
    extensions = socket.response_headers.get("Sec-WebSocket-Extensions", "none")
    print(f"connected {compression} {extensions.split(';')[0]}", file=sys.stderr, flush=True)
    sequence = int(socket.request_headers.get("Journalbridge-First-Sequence", 0))
    async for frame in socket:
        data = snappy.decompress(frame) if compression == "snappy" else frame
        for entry in data.split(b"\0"):
            sys.stdout.buffer.write(entry + b"\n")
        sys.stdout.flush()
        if sequence > 0:
            await socket.send(json.dumps({"ack": sequence}))
            sequence += 1


async def main():
    async with websockets.serve(receive, "127.0.0.1", int(sys.argv[1]), max_size=None) as server:
        print(server.sockets[0].getsockname()[1], flush=True)
        await asyncio.Future()


asyncio.run(main())
