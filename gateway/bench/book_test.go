package main

import (
	"os"
	"path/filepath"
	"testing"

	"weir/gateway/realtest"
)

const sent = "Received: from a\r\n\tby b\r\nSubject: x\r\n folded\r\nX-Spam-Flag: YES\r\n\r\nReceived: in the body\r\n.\r\n"

func TestBook(t *testing.T) {
	for _, c := range []struct {
		name, arrived string
		ok            bool
	}{
		{"unchanged", sent, true},
		{"with a trace field and a verdict on top", "Received: from weir\r\n\tby x\r\nX-Weir-Id: 1\r\nX-Spam-Status: No\r\n" + sent, true},
		{"without the forged verdict", "Received: from a\r\n\tby b\r\nSubject: x\r\n folded\r\n\r\nReceived: in the body\r\n.\r\n", true},
		{"a folded line is lost", "Received: from a\r\n\tby b\r\nSubject: x\r\n\r\nReceived: in the body\r\n.\r\n", false},
		{"a line of the body is lost", "Subject: x\r\n folded\r\n\r\n.\r\n", false},
		{"a dot is doubled", "Subject: x\r\n folded\r\n\r\nReceived: in the body\r\n..\r\n", false},
		{"a line end is changed", "Subject: x\r\n folded\r\n\r\nReceived: in the body\r\n.\n", false},
		{"a field is added that is not ours", "X-Other: y\r\n" + sent, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := bookOf(t, sent)
			b.record(realtest.Mail{Data: []byte(c.arrived)})
			if err := b.check("test", 1, 0); (err == nil) != c.ok {
				t.Errorf("error %v", err)
			}
		})
	}
	t.Run("a message that came twice", func(t *testing.T) {
		b := bookOf(t, sent)
		b.record(realtest.Mail{Data: []byte(sent)})
		b.record(realtest.Mail{Data: []byte(sent)})
		if b.check("test", 1, 0) == nil || b.check("test", 1, 1) != nil {
			t.Error("not counted")
		}
	})
	t.Run("a message that never came", func(t *testing.T) {
		if bookOf(t, sent).check("test", 1, 0) == nil {
			t.Error("not counted")
		}
	})
}

func bookOf(t *testing.T, mail string) *book {
	t.Helper()
	dir := t.TempDir()
	if err := os.MkdirAll(filepath.Join(dir, "ham"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "ham", "1"), []byte(mail), 0o644); err != nil {
		t.Fatal(err)
	}
	b, err := newBook(dir)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
