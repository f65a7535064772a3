"""Receives notifications as systemd does: a line of JSON with the sender's PID and the text for each datagram.

Usage: notify-receiver.py ADDRESS; an address that begins with @ is an abstract one. It says "ready" first.
"""

import json
import socket
import struct
import sys

address = sys.argv[1]
receiver = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
receiver.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
receiver.bind("\0" + address[1:] if address.startswith("@") else address)
print("ready", flush=True)
while True:
    data, ancillary, _, _ = receiver.recvmsg(65536, 256)
    pids = [struct.unpack("3i", body)[0] for _, kind, body in ancillary if kind == 2]  # SCM_CREDENTIALS
    print(json.dumps({"pid": pids[0], "text": data.decode()}), flush=True)
