"""The start command of production: `python -m shop --host 0.0.0.0 --port 8080`."""

import argparse

import uvicorn


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m shop", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8000)
    options = parser.parse_args()
    uvicorn.run("shop.main:app", host=options.host, port=options.port, proxy_headers=True)


if __name__ == "__main__":
    main()
