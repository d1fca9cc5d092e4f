package scan

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
)

const (
	fromA = "From alice@example.org Mon Sep  2 12:30:00 2002\n"
	fromB = "From bob@example.org  Tue, 3 Sep 2002 12:30:59 +0200\n"
)

// split reads all messages; a message that could not be read is "error: …".
func split(in io.Reader, limit int) (all []string) {
	m := newMbox(in, limit, true)
	for range 10_000 {
		raw, err := m.Next()
		switch {
		case err == io.EOF:
			return all
		case err != nil:
			all = append(all, "error: "+err.Error())
		default:
			all = append(all, string(raw))
		}
	}
	return append(all, "error: no end")
}

func TestAnMboxIsSplitAtItsFromLines(t *testing.T) {
	for _, c := range []struct {
		name, in string
		want     []string
	}{
		{"no From line is one message", "Subject: a\n\nFrom here on 12:30 2002\nx: y\n", []string{"Subject: a\n\nFrom here on 12:30 2002\nx: y\n"}},
		{"one message loses its From line", fromA + "Subject: a\n\nhello\n", []string{"Subject: a\n\nhello\n"}},
		{"two messages", fromA + "Subject: a\n\nhello\n\n" + fromB + "Subject: b\n\nbye\n\n", []string{"Subject: a\n\nhello\n", "Subject: b\n\nbye\n"}},
		{"no blank line before a From line", fromA + "Subject: a\n\nhello\n" + fromB + "Subject: b\n\nbye\n", []string{"Subject: a\n\nhello\n", "Subject: b\n\nbye\n"}},
		{"CRLF", crlf(fromA + "Subject: a\n\nhello\n\n" + fromB + "Subject: b\n\nbye\n"), []string{crlf("Subject: a\n\nhello\n"), crlf("Subject: b\n\nbye\n")}},
		{"quoted From lines lose one sign", fromA + "S: a\n\n>From me\n>>From you\n>Fromage\n> From\n", []string{"S: a\n\nFrom me\n>From you\n>Fromage\n> From\n"}},
		{"a sentence that begins with From", fromA + "S: a\n\nx\n\nFrom now on: nothing\nand on\n", []string{"S: a\n\nx\n\nFrom now on: nothing\nand on\n"}},
		{"a sentence with a time and a year in mid-paragraph", fromA + "S: a\n\nx\nFrom 12:30 on in 2002 it rained\nand rained\n", []string{"S: a\n\nx\nFrom 12:30 on in 2002 it rained\nand rained\n"}},
		{"empty message between two", fromA + fromB + "S: b\n\nx\n", []string{"", "S: b\n\nx\n"}},
		{"From line at the end", fromA + "S: a\n\nx\n\n" + fromB, []string{"S: a\n\nx\n", ""}},
		{"no end of line at the end", fromA + "S: a\n\nx", []string{"S: a\n\nx"}},
		{"blank lines of the message stay but one", fromA + "S: a\n\nx\n\n\n\n" + fromB + "S: b\n\ny\n", []string{"S: a\n\nx\n\n\n", "S: b\n\ny\n"}},
		{"lines longer than a buffer", fromA + "S: a\n\n" + strings.Repeat("x", 200_000) + "\n\n" + fromB + "S: b\n\ny\n", []string{"S: a\n\n" + strings.Repeat("x", 200_000) + "\n", "S: b\n\ny\n"}},
		{"lines that end with CR alone are one message", strings.ReplaceAll(fromA+"S: a\n\nx\n\n"+fromB, "\n", "\r"), []string{strings.ReplaceAll("S: a\n\nx\n\n"+fromB, "\n", "\r")}},
		{"nothing", "", []string{""}},
	} {
		t.Run(c.name, func(t *testing.T) {
			for how, in := range map[string]io.Reader{"at once": strings.NewReader(c.in), "byte by byte": iotest.OneByteReader(strings.NewReader(c.in))} {
				if got := split(in, 1<<20); !slices.Equal(got, c.want) {
					t.Errorf("%s: got  %.300q\nwant %.300q", how, got, c.want)
				}
			}
		})
	}
}

func crlf(s string) string { return strings.ReplaceAll(s, "\n", "\r\n") }

func TestAMessageThatIsTooLargeIsSaidAndTheNextOneIsRead(t *testing.T) {
	big := "S: a\n\n" + strings.Repeat("0123456789\n", 500)
	got := split(strings.NewReader(fromA+big+"\n"+fromB+"S: b\n\ny\n"), 1000)
	if len(got) != 2 || !strings.Contains(got[0], ErrTooLarge.Error()) || got[1] != "S: b\n\ny\n" {
		t.Errorf("got %.200q", got)
	}
	line := split(strings.NewReader(fromA+"S: a\n\n"+strings.Repeat("x", 300_000)+"\n\n"+fromB+"S: b\n\ny\n"), 1000)
	if len(line) != 2 || !strings.Contains(line[0], ErrTooLarge.Error()) || line[1] != "S: b\n\ny\n" {
		t.Errorf("one long line: got %.200q", line)
	}
	if got := split(strings.NewReader(big), 1000); len(got) != 1 || !strings.Contains(got[0], ErrTooLarge.Error()) {
		t.Errorf("a single message: got %.200q", got)
	}
	if got := split(strings.NewReader(big[:1000]), 1000); len(got) != 1 || got[0] != big[:1000] {
		t.Errorf("a message of just the limit: got %.200q", got)
	}
}

func TestAReadErrorIsToldOnceAndEndsTheFile(t *testing.T) {
	broken := errors.New("disk on fire")
	in := io.MultiReader(strings.NewReader(fromA+"S: a\n\nx\n\n"+fromB+"S: b\n"), iotest.ErrReader(broken))
	if got := split(in, 1<<20); len(got) != 2 || got[0] != "S: a\n\nx\n" || got[1] != "error: disk on fire" {
		t.Errorf("got %q", got)
	}
}

func FuzzMbox(f *testing.F) {
	f.Add([]byte(fromA+"S: a\n\nhello\n\n"+fromB+">From x\n"), 100)
	f.Add([]byte("From \nFrom 1:1\r\n\r\nFrom 12:30 2000\r\n\r\n"), 10)
	f.Fuzz(func(t *testing.T, in []byte, limit int) {
		limit = 1 + limit&0xffff
		total := 0
		for _, message := range split(bytes.NewReader(in), limit) {
			if strings.HasPrefix(message, "error: ") {
				if !strings.Contains(message, ErrTooLarge.Error()) {
					t.Fatal(message)
				}
				continue
			}
			if len(message) > limit {
				t.Fatalf("%d bytes, limit %d", len(message), limit)
			}
			total += len(message)
		}
		if total > len(in) {
			t.Fatalf("%d bytes come out of %d", total, len(in))
		}
	})
}

func BenchmarkMbox(b *testing.B) {
	one := fromA + "Subject: a\nTo: b@example.org\n\n" + strings.Repeat("The quick brown fox jumps over the lazy dog.\n", 200) + "\n"
	in := []byte(strings.Repeat(one, 100))
	b.SetBytes(int64(len(in)))
	b.ReportAllocs()
	for b.Loop() {
		m := newMbox(bytes.NewReader(in), 1<<20, true)
		for {
			if _, err := m.Next(); err != nil {
				break
			}
		}
	}
}
