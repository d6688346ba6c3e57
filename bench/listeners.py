#!/usr/bin/env python3
"""What listeners of the events cost a daemon: memory of each, CPU of each event told to all.

    bench/listeners.py [moondial] [listeners] [tasks]
"""
import os
import re
import selectors
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

BINARY = os.path.abspath(sys.argv[1] if len(sys.argv) > 1 else "build/release/moondial")
LISTENERS = int(sys.argv[2]) if len(sys.argv) > 2 else 1000
TASKS = int(sys.argv[3]) if len(sys.argv) > 3 else 1000


def usage(pid):
    """Resident KiB and CPU seconds of a process."""
    with open(f"/proc/{pid}/status") as status:
        resident = int(re.search(r"VmRSS:\s+(\d+)", status.read()).group(1))
    with open(f"/proc/{pid}/stat") as stat:
        words = stat.read().rsplit(")", 1)[1].split()
    return resident, (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")


def connect(address, token):
    host, port = address.split(":")
    sock = socket.create_connection((host, int(port)))
    sock.sendall(f"GET /api/v1/events HTTP/1.1\r\nHost: {address}\r\n"
                 f"Authorization: Bearer {token}\r\n\r\n".encode())
    return sock


def run_tasks(root):
    subprocess.run([BINARY, "-C", root, "run", "All"], check=True, stdout=subprocess.DEVNULL)


def main():
    root = tempfile.mkdtemp(prefix="moondial-listeners-")
    os.mkdir(f"{root}/pipelines")
    with open(f"{root}/pipelines/a.lua", "w") as pipeline:
        pipeline.write(f"""
          task "One" {{ params = {{ n = param.int, run = param.int }}, output = mark(),
            run = function() end }}
          task "All" {{ params = {{ run = param.int{{ default = os.time }} }},
            requires = function(t) return each(1, {TASKS}, function(n)
              return tasks.One{{ n = n, run = t.run }} end) end }}
        """)
    daemon = subprocess.Popen([BINARY, "-C", root, "serve", "--listen", "127.0.0.1:0"],
                              stderr=subprocess.PIPE, text=True)
    try:
        address = None
        for line in daemon.stderr:
            if found := re.search(r"listens at (\S+)", line):
                address = found.group(1)
            if " serves " in line:
                break
        token = subprocess.run([BINARY, "-C", root, "token", "add", "bench"], check=True,
                               capture_output=True, text=True).stdout.strip()
        run_tasks(root)  # what the first run alone costs
        time.sleep(1.1)
        before, cpu = usage(daemon.pid)
        run_tasks(root)
        _, alone = usage(daemon.pid)
        alone -= cpu

        listeners = [connect(address, token) for _ in range(LISTENERS)]
        selector = selectors.DefaultSelector()
        heard = {}
        for sock in listeners:
            selector.register(sock, selectors.EVENT_READ)
            heard[sock] = b""
        while any(b"event: begin" not in text for text in heard.values()):
            for key, _ in selector.select():
                heard[key.fileobj] += key.fileobj.recv(65536)
        resident, cpu = usage(daemon.pid)
        began = time.monotonic()
        time.sleep(1.1)
        client = subprocess.Popen([BINARY, "-C", root, "run", "All"], stdout=subprocess.DEVNULL)
        ended = set()
        while len(ended) < LISTENERS:
            for key, _ in selector.select(60):
                sock = key.fileobj
                heard[sock] += sock.recv(65536)
                if b"event: run_ended" in heard[sock][-4096:]:
                    ended.add(sock)
        seconds = time.monotonic() - began
        client.wait()
        busy, told = usage(daemon.pid)
        events = min(text.count(b"\nevent: ") for text in heard.values())
        assert events == max(text.count(b"\nevent: ") for text in heard.values())
        assert not any(b"event: reset" in text for text in heard.values())
        cost = told - cpu - alone
        print(f"{LISTENERS} listeners, {events} events told to each in {seconds:.1f} s")
        print(f"memory: {(resident - before) / LISTENERS:.1f} KiB each, "
              f"{(busy - before) / LISTENERS:.1f} KiB while told; daemon {busy / 1024:.0f} MiB")
        print(f"CPU: {cost:.2f} s more than without them: {cost / events * 1e3:.2f} ms an event, "
              f"{cost / events / LISTENERS * 1e6:.2f} us an event and listener")
    finally:
        daemon.send_signal(signal.SIGINT)
        daemon.wait()
        shutil.rmtree(root)


main()
