package message

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"weir/message/part"
)

// node is a part as both parsers see it.
type node struct {
	Kind     string // "multipart", "message", "text", "html", "binary"
	Name     string // attachment name
	Text     string // decoded; of binaries the bytes
	Children []node
}

// theirs is the other parser's account of a message.
type theirs struct {
	Parts []struct {
		Headers []struct {
			Name  json.RawMessage `json:"name"` // a string, or an object for fields that it doesn't know
			Value json.RawMessage `json:"value"`
		} `json:"headers"`
		Body json.RawMessage `json:"body"`
	} `json:"parts"`
}

func (m *theirs) node(t *testing.T, i int) node {
	p := m.Parts[i]
	var body map[string]json.RawMessage
	must(t, json.Unmarshal(p.Body, &body))
	n := node{Name: m.name(i)}
	for kind, value := range body {
		switch kind {
		case "Multipart":
			var children []int
			must(t, json.Unmarshal(value, &children))
			n.Kind = "multipart"
			for _, c := range children {
				n.Children = append(n.Children, m.node(t, c))
			}
		case "Message":
			var inner theirs
			must(t, json.Unmarshal(value, &inner))
			n.Kind, n.Children = "message", []node{inner.node(t, 0)}
		case "Text", "Html":
			n.Kind = strings.ToLower(kind)
			must(t, json.Unmarshal(value, &n.Text))
		default:
			var octets []int
			must(t, json.Unmarshal(value, &octets))
			n.Kind = "binary"
			for _, c := range octets {
				n.Text += string([]byte{byte(c)})
			}
		}
	}
	return n
}

// name gives the attachment name: the disposition's, else the content type's.
func (m *theirs) name(i int) string {
	name := ""
	for _, h := range m.Parts[i].Headers {
		var value struct {
			ContentType struct {
				Attributes []struct{ Name, Value string }
			}
		}
		if json.Unmarshal(h.Value, &value) != nil {
			continue
		}
		for _, a := range value.ContentType.Attributes {
			switch string(h.Name) + a.Name {
			case `"content_disposition"filename`:
				name = a.Value
			case `"content_type"name`:
				if name == "" {
					name = a.Value
				}
			}
		}
	}
	return name
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func ours(p *part.Part) node {
	n := node{Name: p.FileName}
	if p.IsMultipart() && len(p.Children) == 1 && len(p.Children[0].Raw) == len(p.Raw) {
		return ours(p.Children[0]) // can't be cut: they call it a text, we keep the multipart above it
	}
	for _, c := range p.Children {
		if c.Embedded == "" {
			n.Children = append(n.Children, ours(c))
		}
	}
	switch {
	case p.IsMultipart():
		n.Kind = "multipart"
	case p.IsMessage():
		n.Kind = "message"
	case p.Type == "text/html":
		n.Kind, n.Text = "html", p.Text()
	case p.IsText():
		n.Kind, n.Text = "text", p.Text()
	default:
		n.Kind, n.Text = "binary", string(p.Body())
	}
	return n
}

// deliberate lists the messages that we read otherwise than the other parser, and why. tree pins our reading by its
// digest (two where line ends are part of the text), so that a known difference can't hide a new one.
var deliberate = map[string]struct{ why, tree string }{
	"legacy/016":     {"8-bit file name without charset: windows-1252, as repaired text everywhere, rather than U+FFFD", "edacef4c"},
	"legacy/017":     {"transfer encoding x-uuencode is decoded", "b6c08976"},
	"legacy/023":     {"8-bit file name without charset: windows-1252", "a3529bcc"},
	"legacy/026":     {"transfer encoding x-uuencode is decoded, and the file name repaired", "d190c0e2"},
	"legacy/033":     {"windows-1252 text labelled utf-8 is repaired byte by byte, not replaced by U+FFFD", "7faa4747"},
	"legacy/048":     {"transfer encoding x-uuencode is decoded", "313d5c48"},
	"legacy/049":     {"a lone CR at the end of the message is kept", "faf99f6e"},
	"legacy/052":     {"8-bit text without charset: windows-1252", "71c87566"},
	"malformed/000":  {"delimiters that follow each other directly give empty parts, here as in Thunderbird", "e0051ffc"},
	"malformed/001":  {"outer delimiters are found first: an inner multipart can't swallow what the outer one cuts off", "3baa3101"},
	"malformed/003":  {"outer delimiters first: the inner multipart with the same boundary has no part of its own", "fe08f711"},
	"malformed/004":  {"outer delimiters first; lines that only begin like the delimiter cut where it never stands alone", "fe08f711"},
	"malformed/005":  {"a delimiter that ends in hyphens is not the final delimiter of the shorter boundary", "d5206a53"},
	"malformed/007":  {"the missing empty line before the inner delimiter is supplied: the inner multipart keeps its type", "c9aef896"},
	"malformed/008":  {"outer delimiters first", "f10ea790"},
	"malformed/009":  {"outer delimiters first", "ab424b9d"},
	"malformed/011":  {"outer delimiters first", "ab424b9d"},
	"malformed/012":  {"outer delimiters first", "539331f9"},
	"malformed/013":  {"outer delimiters first: one boundary for all levels gives one level", "bafe877b"},
	"malformed/014":  {"the delimiter at the very end opens an empty part: it is not the final one", "78d2e070"},
	"malformed/016":  {"boundaries longer than 70 bytes are compared whole; the other parser cuts them", "f62d0b3d"},
	"malformed/017":  {"a name parameter behind a missing semicolon is found", "db8d29a1"},
	"malformed/019":  {"boundaries are compared exactly: Boundary42 is not boundary42; outer delimiters first", "c1020a46"},
	"malformed/020":  {"two Content-Type fields: the first is canonical, the last is another reading", "23f41841"},
	"malformed/021":  {"two Content-Type fields: the first is canonical, the last is another reading", "866289ed"},
	"malformed/022":  {"a message/rfc822 without header stays a message: its text is below it", "6d83752d"},
	"rfc/000":        {"base64 that is none is decoded all the same; as it stands it is another reading", "230718da"},
	"thirdparty/002": {"base64 goes on behind its padding, where malware hides; as it stands it is another reading", "5add6402"},
	"thirdparty/005": {"a delimiter counts at the beginning of a line only; CRLF written into UTF-16 damages it", "e5c4b8d4 190c45ed"},
	"thirdparty/015": {"outer delimiters first: a nested message can't swallow the next part", "e1a50771"},
}

// TestOtherParserAgrees compares part tree, attachment names and decoded texts with what another parser makes of the
// same messages. Where we differ on purpose the table says why.
func TestOtherParserAgrees(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(shared(t), "suites/mime/*/*.json"))
	must(t, err)
	if len(files) < 200 {
		t.Fatalf("only %d files", len(files))
	}
	differs := make(map[string]bool)
	for _, file := range files {
		name, crlf := strings.CutSuffix(strings.TrimSuffix(file, ".json"), ".crlf")
		id := filepath.Base(filepath.Dir(name)) + "/" + filepath.Base(name)
		t.Run(id+map[bool]string{true: "_crlf"}[crlf], func(t *testing.T) {
			raw, err := os.ReadFile(name + ".eml")
			must(t, err)
			raw = bytes.ReplaceAll(raw, []byte("\r\n"), []byte("\n"))
			if crlf {
				raw = bytes.ReplaceAll(raw, []byte("\n"), []byte("\r\n"))
			}
			if compare(t, id, file, raw) {
				differs[id] = true
			}
		})
	}
	for id := range deliberate {
		if !differs[id] {
			t.Errorf("%s: listed as different, but both parsers agree", id)
		}
	}
}

// compare tells whether the parsers differ, and complains where the table doesn't say so.
func compare(t *testing.T, id, file string, raw []byte) bool {
	data, err := os.ReadFile(file)
	must(t, err)
	var their theirs
	must(t, json.Unmarshal(data, &their))
	m := New(Envelope{}, Options{})
	m.Load(raw)
	want, got := flatten(nil, "", their.node(t, 0)), flatten(nil, "", ours(m.Root))
	if slices.Equal(want, got) {
		return false
	}
	why, known := deliberate[id]
	switch tree := digest(ours(m.Root)); {
	case !known:
		t.Errorf("theirs - ours +\n%s%s%v", missing("- ", want, got), missing("+ ", got, want), m.Anomalies())
	case !strings.Contains(why.tree, tree):
		t.Errorf("our reading has changed: %s, was %s\n%s", tree, why.tree, strings.Join(got, "\n"))
	}
	return true
}

// digest names a tree, whatever its line ends.
func digest(n node) string {
	lines := strings.Join(flatten(nil, "", withoutCR(n)), "\n")
	return fmt.Sprintf("%x", sha256.Sum256([]byte(lines)))[:8]
}

func withoutCR(n node) node {
	n.Text = strings.ReplaceAll(n.Text, "\r", "")
	n.Children = slices.Clone(n.Children)
	for i := range n.Children {
		n.Children[i] = withoutCR(n.Children[i])
	}
	return n
}

// missing lists the lines that are not among others.
func missing(mark string, lines, others []string) string {
	var b strings.Builder
	for _, l := range lines {
		if !slices.Contains(others, l) {
			b.WriteString(mark + l + "\n")
		}
	}
	return b.String()
}

// flatten writes a tree as lines, so that a difference shows where it is.
func flatten(lines []string, path string, n node) []string {
	text := fmt.Sprintf("%d bytes %x", len(n.Text), sha256.Sum256([]byte(n.Text)))[:24]
	lines = append(lines, fmt.Sprintf("%s/%s %q %s %q", path, n.Kind, n.Name, text, n.Text[:min(len(n.Text), 50)]))
	for i, c := range n.Children {
		lines = flatten(lines, fmt.Sprintf("%s/%d", path, i), c)
	}
	return lines
}
