#!/usr/bin/env python3
"""delay.py MILLISECONDS [ADDRESS:]PORT HOST:PORT - a TCP relay; each byte arrives that much later.

Both directions are delayed, so a round trip takes twice as long. Runs until it is ended.
"""
import asyncio
import sys


async def forward(reader, writer, delay):
    """Order and pace stay: the queue holds what is under way."""
    loop = asyncio.get_running_loop()
    under_way = asyncio.Queue()

    async def deliver():
        while True:
            due, data = await under_way.get()
            await asyncio.sleep(max(0.0, due - loop.time()))
            if not data:
                writer.close()
                return
            writer.write(data)
            await writer.drain()

    delivery = asyncio.create_task(deliver())
    try:
        while True:
            data = await reader.read(65536)
            await under_way.put((loop.time() + delay, data))
            if not data:
                break
    except ConnectionError:
        await under_way.put((loop.time() + delay, b""))
    await asyncio.gather(delivery, return_exceptions=True)


async def main():
    delay = float(sys.argv[1]) / 1000
    address, _, port = sys.argv[2].rpartition(":")
    host, _, host_port = sys.argv[3].rpartition(":")

    async def accept(reader, writer):
        # A connection costs a round trip, too: SYN there, SYN-ACK back.
        await asyncio.sleep(2 * delay)
        try:
            far_reader, far_writer = await asyncio.open_connection(host, int(host_port))
        except OSError:
            writer.close()
            return
        await asyncio.gather(
            forward(reader, far_writer, delay), forward(far_reader, writer, delay)
        )

    server = await asyncio.start_server(accept, address or "127.0.0.1", int(port))
    async with server:
        await server.serve_forever()


if len(sys.argv) != 4:
    sys.exit(__doc__)
try:
    asyncio.run(main())
except KeyboardInterrupt:
    pass
