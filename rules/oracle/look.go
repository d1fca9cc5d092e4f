package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"

	"weir/message"
	"weir/rules/view"
)

// look prints a message as rules see it: its body, rawbody, full text, links, or a header field.
func look(out io.Writer, e *engine, name, what string) error {
	raw, err := os.ReadFile(filepath.FromSlash(name))
	if err != nil {
		return err
	}
	m := message.New(message.Envelope{}, message.Options{})
	m.Load(withoutEnvelope(raw))
	v := e.set.View(m, view.Facts{}, e.now)
	var lines []string
	switch what {
	case "body":
		lines = v.Body()
	case "rawbody":
		lines = v.RawBody()
	case "full":
		lines = []string{string(v.Full())}
	case "uri":
		lines = v.URIs()
	default:
		value, there := v.Get(what)
		fmt.Fprintf(out, "%s is there: %v\n", what, there)
		lines = []string{value}
	}
	for _, line := range lines {
		fmt.Fprintf(out, "%q\n", line)
	}
	return nil
}
