package dkim

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"weir/gateway/realtest"
)

// changes are what happens to mails on their way, and what attackers do. Each makes one change at a random place.
var changes = []func(rnd *rand.Rand, mail string) string{
	func(_ *rand.Rand, m string) string { return m },
	func(_ *rand.Rand, m string) string { return m + "\r\n\r\n" },
	func(_ *rand.Rand, m string) string { return m + " \t\r\n" },
	func(_ *rand.Rand, m string) string { return m + "one more line\r\n" },
	func(_ *rand.Rand, m string) string { return "Received: by mx.example.net\r\n" + m },
	func(_ *rand.Rand, m string) string { return "Subject: another\r\n" + m },
	func(_ *rand.Rand, m string) string { return strings.Replace(m, "Subject:", "subject :", 1) },
	func(_ *rand.Rand, m string) string { return strings.Replace(m, "Subject: ", "Subject:\r\n  ", 1) },
	func(_ *rand.Rand, m string) string { return strings.Replace(m, "\r\nTo:", "\r\nX-To:", 1) },
	func(_ *rand.Rand, m string) string { return strings.TrimRight(m, " \r\n") }, // dkimpy keeps white space at the end of a last line that has no end
	func(rnd *rand.Rand, m string) string { return at3(rnd, m, ' ', " \t ") },
	func(rnd *rand.Rand, m string) string { return at3(rnd, m, ' ', "") },
	func(rnd *rand.Rand, m string) string { return at3(rnd, m, 'e', "E") },
	func(rnd *rand.Rand, m string) string { return at3(rnd, m, '\r', " \t\r") },
	func(rnd *rand.Rand, m string) string { return at3(rnd, m, 'a', "") },
}

// at3 puts something in the place of one of a character, behind the signature's own field.
func at3(rnd *rand.Rand, mail string, what byte, with string) string {
	from := strings.Index(mail, "\r\nFrom:") + 2
	places := strings.Count(mail[from:], string(what))
	n := rnd.IntN(places)
	for i := from; i < len(mail); i++ {
		if mail[i] == what {
			if n == 0 {
				return mail[:i] + with + mail[i+1:]
			}
			n--
		}
	}
	return mail
}

// TestAgainstDkimpy changes signed mails at random, and has dkimpy verify them as well.
func TestAgainstDkimpy(t *testing.T) {
	const python = "/usr/bin/python3"
	if _, err := os.Stat(python); err != nil {
		realtest.Skip(t, err)
	}
	var path []string
	for _, name := range []string{"python3-dkim", "python3-authres"} {
		path = append(path, realtest.Need(t, name).Path("usr/lib/python3/dist-packages"))
	}
	dir, dns := t.TempDir(), zone()
	keys := map[string]string{}
	for name, list := range dns.TXT {
		keys[name] = list[0]
	}
	mails := map[string]string{"dns.json": string(must(json.Marshal(keys)))}
	rnd := rand.New(rand.NewPCG(5, 6))
	for _, c := range []string{"simple/simple", "simple/relaxed", "relaxed/simple", "relaxed/relaxed"} {
		for round := range 60 {
			body := strings.Repeat("Some  text \t here and there \r\n\r\n", rnd.IntN(4))
			how := signing{tags: map[string]string{"c": c, "h": []string{"From:To:Subject:Date", "From:Subject:Subject:To:X-None", "from:subject:received:received"}[round%3]}}
			mail := changes[round%len(changes)](rnd, sign(t, "Received: a\r\nReceived:  b\r\n\tc\r\n"+letter+body, how))
			mails[fmt.Sprintf("%s-%02d.eml", strings.ReplaceAll(c, "/", "-"), round)] = mail
		}
	}
	for name, mail := range mails {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(mail), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command(python, "testdata/verify.py", dir)
	cmd.Env = append(os.Environ(), "PYTHONPATH="+strings.Join(path, ":"), "PYTHONDONTWRITEBYTECODE=1")
	var problems bytes.Buffer
	cmd.Stderr = &problems
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("dkimpy: %v\n%s", err, problems.Bytes())
	}
	count := map[string]int{}
	for line := range strings.Lines(string(out)) {
		name, theirs, _ := strings.Cut(strings.TrimSpace(line), " ")
		r := run(t, mails[name], dns)
		ours := "no"
		if r.Auth[0].Value == "pass" {
			ours = "pass"
		}
		if count[ours]++; ours != theirs {
			t.Errorf("%s: %s, dkimpy says %s\n%q", name, results(r), theirs, mails[name])
		}
	}
	if count["pass"] < 60 || count["no"] < 60 {
		t.Errorf("only %v mails were compared", count)
	}
	t.Log(count)
}
