"""Coroutines that hand each other the time.

ends: timeout
timeout: 0.15
"""


import asyncio


async def handler(event, context):
    async def turn():
        while True:
            await asyncio.sleep(0)

    await asyncio.gather(turn(), turn())
