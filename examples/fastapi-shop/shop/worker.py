"""The outbox worker: `python -m shop.worker` polls until SIGTERM, `--once` sends one batch."""

import argparse
import asyncio
import logging
import signal

from shop.config import get_settings
from shop.db import session_factory
from shop.mailer import send_pending

log = logging.getLogger("shop.worker")


async def poll(once: bool) -> None:
    settings = get_settings()
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    log.info("worker started")
    while not stop.is_set():
        async with session_factory()() as session:
            sent = await send_pending(session, settings)
        if sent:
            log.info("sent %s mails", sent)
        if once:
            break
        if not sent:
            await _wait(stop, settings.poll_seconds)
    log.info("worker stopped")


async def _wait(stop: asyncio.Event, seconds: float) -> None:
    try:
        await asyncio.wait_for(stop.wait(), seconds)
    except asyncio.TimeoutError:
        return


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m shop.worker", description=__doc__)
    parser.add_argument("--once", action="store_true", help="send one batch, then end")
    options = parser.parse_args()
    logging.basicConfig(level=logging.INFO)
    asyncio.run(poll(options.once))


if __name__ == "__main__":
    main()
