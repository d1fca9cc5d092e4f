# The second opinion: dkimpy verifies chains, or seals. Its DNS is what the test gives it.
#   second.py verify DNS.json MAIL...   prints the status of each mail's chain: none, pass or fail
#   second.py results FILE   prints what each line of the file, an Authentication-Results field, says
#   second.py seal DNS.json KEY DOMAIN SELECTOR SERV MAIL   prints the mail with a set on top
import json
import sys

import authres
import dkim

if sys.argv[1] == "results":
    for line in open(sys.argv[2], newline="\n"):
        f = authres.AuthenticationResultsHeader.parse("Authentication-Results: " + line.rstrip("\n"))
        out = [f.authserv_id]
        for r in f.results:
            out.append(r.method + "=" + r.result)
            out += [p.type + "." + p.name + "=" + (p.value or "") for p in r.properties]
        print(json.dumps(out))
    sys.exit()

mode, zone, rest = sys.argv[1], json.load(open(sys.argv[2])), sys.argv[3:]


def txt(name, timeout=5):
    name = name.decode() if isinstance(name, bytes) else name
    return zone.get(name.rstrip("."), "").encode()


if mode == "verify":
    for name in rest:
        cv, results, reason = dkim.arc_verify(open(name, "rb").read(), dnsfunc=txt)
        print(cv.decode() if cv else "none", reason)
else:
    key, domain, selector, serv, name = rest
    mail = open(name, "rb").read()
    fields = dkim.arc_sign(mail, selector.encode(), domain.encode(), open(key, "rb").read(), serv.encode())
    sys.stdout.buffer.write(b"".join(fields) + mail)
