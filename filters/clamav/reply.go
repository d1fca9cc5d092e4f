package clamav

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/baruwa-enterprise/clamd"

	"weir/filters/scanner"
)

// parse reads clamd's answer to INSTREAM: exactly one line, whole.
func parse(reply string) (scanner.Verdict, error) {
	line, ok := strings.CutSuffix(reply, "\n")
	if !ok || strings.ContainsAny(line, "\n\x00") {
		return scanner.Verdict{}, fmt.Errorf("%w: %q is not one line", scanner.ErrReply, clip(reply))
	}
	r, err := split(line)
	if err != nil {
		return scanner.Verdict{}, err
	}
	if r.Status == "OK" {
		return scanner.Verdict{State: scanner.Clean}, nil
	}
	v := scanner.Verdict{State: scanner.Found, Name: r.Signature}
	if strings.HasPrefix(v.Name, families[0].begin) {
		v.Kind = scanner.Limits
	}
	return v, nil
}

// split puts a line into the library's Response.
func split(line string) (clamd.Response, error) {
	switch {
	case line == "stream: OK":
		return clamd.Response{Filename: "stream", Status: "OK", Raw: line}, nil
	case strings.HasPrefix(line, "INSTREAM size limit exceeded"):
		return clamd.Response{}, fmt.Errorf("%w: clamd says %q: raise its StreamMaxLength, or lower stream_max", scanner.ErrTooLarge, clip(line))
	case strings.HasSuffix(line, "ERROR"):
		return clamd.Response{}, fmt.Errorf("%w: %q", scanner.ErrFault, clip(line))
	}
	name, found := strings.CutSuffix(line, " FOUND")
	name, stream := strings.CutPrefix(name, "stream: ")
	name = extended.ReplaceAllString(name, "")
	if !found || !stream || name == "" || len(name) > 500 || strings.ContainsFunc(name, unprintable) {
		return clamd.Response{}, fmt.Errorf("%w: %q", scanner.ErrReply, clip(line))
	}
	return clamd.Response{Filename: "stream", Signature: name, Status: "FOUND", Raw: line}, nil
}

// extended is what ExtendedDetectionInfo adds to a name: hash and size of what it was found in.
var extended = regexp.MustCompile(`\([0-9a-f]{32,64}:[0-9]+\)$`)

func unprintable(r rune) bool { return r < ' ' || r == 0x7f || r == '\uFFFD' }

// clip shortens what is quoted.
func clip(s string) string {
	if len(s) > 120 {
		return s[:120] + "…"
	}
	return s
}
