package config

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/pelletier/go-toml/v2"
	"github.com/pelletier/go-toml/v2/unstable"
)

// maxFile bounds a config file. A real one has a few kB.
const maxFile = 1 << 20

// document is a config as it was written: values, and where each of them stands. go-toml checks the syntax and reads
// the values; it stops at the first value that does not fit its struct, so fitting them is ours (see bind): a config
// with three mistakes should show all three.
type document struct {
	file   string
	values map[string]any
	places map[string]Place // by path: `smtp.listen`, `next_hop[0].domains[1]`
}

// parse reads TOML. The error is a Problems with the one place where the syntax breaks.
func parse(file string, text []byte) (*document, error) {
	d := &document{file: file, values: map[string]any{}, places: map[string]Place{}}
	if len(text) > maxFile {
		return nil, Problems{{Place: Place{File: file}, Text: fmt.Sprintf("a config file has at most %d bytes, this one has %d: is it the right file?", maxFile, len(text))}}
	}
	text = bytes.TrimPrefix(text, []byte("\xef\xbb\xbf")) // QUIRK: editors of Windows begin files with a byte order mark
	if err := toml.Unmarshal(text, &d.values); err != nil {
		return nil, Problems{syntaxProblem(file, err)}
	}
	d.locate(text)
	return d, nil
}

// syntaxProblem keeps the message and the position of go-toml's error, not its excerpt: that may show a secret.
func syntaxProblem(file string, err error) Problem {
	var de *toml.DecodeError
	if !errors.As(err, &de) {
		return Problem{Place: Place{File: file}, Text: err.Error()}
	}
	line, column := de.Position()
	text := strings.TrimPrefix(de.Error(), "toml: ")
	return Problem{Place: Place{File: file, Line: line, Column: column}, Text: "not valid TOML: " + text + ` (strings need quotes: name = "value"; each setting has a line of its own)`}
}

// maxDepth is how deep places are noted. No setting is nested deeper, and paths of hostile depth would cost squared.
const maxDepth = 12

// locator walks the syntax tree and notes where each path stands.
type locator struct {
	*document
	parser unstable.Parser
	lines  lineIndex
	arrays map[string]int // elements so far of each array of tables
}

func (d *document) locate(text []byte) {
	l := &locator{document: d, lines: indexLines(text), arrays: map[string]int{}}
	l.parser.Reset(text)
	table, depth := "", 0
	for l.parser.NextExpression() {
		switch n := l.parser.Expression(); n.Kind {
		case unstable.Table, unstable.ArrayTable:
			table, depth = l.header(n)
		case unstable.KeyValue:
			l.pair(table, n, depth)
		}
	}
}

// header notes a [table] or [[array of tables]] and returns the path and depth of what follows.
func (l *locator) header(n *unstable.Node) (path string, depth int) {
	for it := n.Key(); it.Next() && depth < maxDepth; depth++ {
		k := it.Node()
		path = join(path, string(k.Data))
		if n.Kind == unstable.ArrayTable && it.IsLast() {
			l.note(path, k)
			l.arrays[path]++
		}
		if count := l.arrays[path]; count > 0 {
			path = element(path, count-1)
		}
		l.note(path, k)
	}
	return path, depth
}

// pair notes a key and what is inside its value.
func (l *locator) pair(path string, n *unstable.Node, depth int) {
	for it := n.Key(); it.Next() && depth < maxDepth; depth++ {
		path = join(path, string(it.Node().Data))
		l.note(path, it.Node())
	}
	if depth < maxDepth {
		l.inside(path, n.Value(), depth)
	}
}

func (l *locator) inside(path string, value *unstable.Node, depth int) {
	if depth == maxDepth {
		return
	}
	i := 0
	for it := value.Children(); it.Next(); i++ {
		switch value.Kind {
		case unstable.InlineTable:
			l.pair(path, it.Node(), depth)
		case unstable.Array:
			l.note(element(path, i), it.Node())
			l.inside(element(path, i), it.Node(), depth+1)
		}
	}
}

// note keeps the first place of a path. Arrays have no position of their own; their elements have.
func (l *locator) note(path string, n *unstable.Node) {
	if _, seen := l.places[path]; seen || n.Raw.Length == 0 {
		return
	}
	line, column := l.lines.at(int(n.Raw.Offset))
	l.places[path] = Place{File: l.file, Line: line, Column: column}
}

// place is where path was written, or else the nearest thing around it.
func (d *document) place(path string) Place {
	for p := path; p != ""; p = parent(p) {
		if at, ok := d.places[p]; ok {
			return at
		}
	}
	return Place{File: d.file}
}

// written tells where exactly this path was written, if it was.
func (d *document) written(path string) (Place, bool) {
	at, ok := d.places[path]
	return at, ok
}

// join appends a key to a path. Keys that hold more than letters are quoted, so that paths stay distinct.
func join(path, key string) string {
	if !bare(key) {
		key = strconv.Quote(key)
	}
	if path == "" {
		return key
	}
	return path + "." + key
}

func bare(key string) bool {
	return key != "" && strings.Trim(key, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-") == ""
}

func element(path string, i int) string { return path + "[" + strconv.Itoa(i) + "]" }

// parent cuts the last step off a path. A quoted key with a dot inside gives a path that nothing has, which is
// harmless: the search goes on upwards.
func parent(path string) string { return path[:max(strings.LastIndexAny(path, ".["), 0)] }

// lineIndex holds the offsets at which lines begin.
type lineIndex []int

func indexLines(text []byte) lineIndex {
	starts := lineIndex{0}
	for i, c := range text {
		if c == '\n' {
			starts = append(starts, i+1)
		}
	}
	return starts
}

// at gives the 1-based line and column of an offset.
func (x lineIndex) at(offset int) (line, column int) {
	lo, hi := 0, len(x)
	for hi-lo > 1 {
		if mid := (lo + hi) / 2; x[mid] <= offset {
			lo = mid
		} else {
			hi = mid
		}
	}
	return lo + 1, offset - x[lo] + 1
}
