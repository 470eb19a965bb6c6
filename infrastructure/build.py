"""Puts what the functions need into `build/`: the service, the library and what they import, for Linux on ARM."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
# pip takes a platform by its letter: older names of the same one must be said, too.
PLATFORMS = ("manylinux_2_28_aarch64", "manylinux_2_17_aarch64", "manylinux2014_aarch64")
TARGET = (*(f"--platform={name}" for name in PLATFORMS), "--python-version=3.13", "--only-binary=:all:")
OTHERS = ("msgspec", "httptools", "rapidfuzz", "PyJWT[crypto]", "prometheus_client")
"""What the service imports on Lambda; botocore is there already."""


def main() -> None:
    """Build the folder anew."""
    build = HERE / "build"
    shutil.rmtree(build, ignore_errors=True)
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--target", str(build)]
    subprocess.run([*pip, *TARGET, "-c", str(ROOT / "constraints.txt"), *OTHERS], check=True)
    for source in (ROOT / "src" / "dynalayer", ROOT / "apps" / "live_translation"):
        shutil.copytree(source, build / source.name, ignore=shutil.ignore_patterns("__pycache__"))
    print(f"built: {build}")


if __name__ == "__main__":
    main()
