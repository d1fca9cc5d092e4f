package redis

import (
	"errors"
	"strings"
	"testing"
)

func framingOfReplies(t *testing.T) {
	for name, c := range map[string]struct {
		in  string
		bad bool
	}{
		"C07_replies_of_all_kinds":       {"+OK\r\n-ERR x\r\n:5\r\n$3\r\na\r\n\r\n$-1\r\n*-1\r\n*0\r\n*2\r\n$0\r\n\r\n*1\r\n:-7\r\n+x\r\n", false},
		"C07_a_string_of_reply_bytes":    {"$10\r\n*9999999\r\n\r\n:1\r\n", false},
		"C07_an_endless_string":          {"$99999999999999\r\n", true},
		"C07_an_endless_list":            {"*99999999\r\n", true},
		"C07_a_negative_length":          {"$-7\r\n", true},
		"C07_no_length":                  {"$x\r\n", true},
		"C07_lists_in_lists":             {strings.Repeat("*1\r\n", maxDepth+1), true},
		"C07_as_many_lists_as_may_be":    {strings.Repeat("*1\r\n", maxDepth) + ":1\r\n" + strings.Repeat("*1\r\n", maxDepth) + ":1\r\n", false},
		"C07_RESP3":                      {"%2\r\n+a\r\n~1\r\n#t\r\n=5\r\ntxt:a\r\n_\r\n>1\r\n,1.5\r\n!3\r\nERR\r\n(123\r\n", false},
		"C07_endless_pairs":              {"%3000000\r\n", true},
		"C07_an_unknown_kind":            {"?1\r\n", true},
		"C07_another_protocol":           {"HTTP/1.1 200 OK\r\n", true},
		"C07_a_line_without_end":         {"+" + strings.Repeat("x", maxLine+1), true},
		"C07_lists_that_end_inside_list": {"*2\r\n*2\r\n:1\r\n:2\r\n:3\r\n+next\r\n", false},
	} {
		t.Run(name, func(t *testing.T) {
			for _, size := range []int{1, 3, 1 << 20} { // however it is cut into packets
				var f frames
				var err error
				for in := []byte(c.in); len(in) > 0 && err == nil; {
					n := min(size, len(in))
					err = f.look(in[:n])
					in = in[n:]
				}
				if errors.Is(err, ErrGarbage) != c.bad || !c.bad && (f.depth != 0 || f.kind != 0 || f.skip != 0) {
					t.Errorf("in pieces of %d: %v; %+v", size, err, f)
				}
			}
		})
	}
}

func FuzzFrames(f *testing.F) {
	for _, seed := range []string{"+OK\r\n", "*2\r\n$3\r\nabc\r\n:5\r\n", "$-1\r\n", "*1\r\n*1\r\n*-1\r\n"} {
		f.Add([]byte(seed), 1)
	}
	f.Fuzz(func(t *testing.T, data []byte, at int) {
		var whole, cut frames
		a := whole.look(data)
		at = max(0, min(at, len(data)))
		b := cut.look(data[:at])
		if b == nil {
			b = cut.look(data[at:])
		}
		if (a == nil) != (b == nil) || a == nil && whole != cut {
			t.Fatalf("whole: %v; cut at %d: %v", a, at, b)
		}
		if whole.skip > maxBulk+2 || whole.depth > maxDepth {
			t.Fatalf("%+v", whole)
		}
	})
}

func BenchmarkFrames(b *testing.B) {
	data := []byte("*2\r\n$24\r\nabcdefghijklmnopqrstuvwx\r\n$-1\r\n")
	b.SetBytes(int64(len(data)))
	var f frames
	for b.Loop() {
		if err := f.look(data); err != nil {
			b.Fatal(err)
		}
	}
}
