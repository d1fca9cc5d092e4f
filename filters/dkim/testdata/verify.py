# Verifies every mail of a folder with dkimpy, with the keys of dns.json in it, and prints name and verdict.
import json
import os
import sys

import dkim

folder = sys.argv[1]
with open(os.path.join(folder, "dns.json")) as f:
    keys = json.load(f)


def txt(name, timeout=5):
    name = name.decode() if isinstance(name, bytes) else name
    found = keys.get(name.rstrip(".").lower())
    return found.encode() if found else None


for name in sorted(os.listdir(folder)):
    if not name.endswith(".eml"):
        continue
    with open(os.path.join(folder, name), "rb") as f:
        mail = f.read()
    try:
        good = dkim.DKIM(mail).verify(dnsfunc=txt)
    except dkim.DKIMException:
        good = False
    print(name, "pass" if good else "no")
