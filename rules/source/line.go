package source

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"weir/rules/problem"
)

// MaxLine bounds one line of a rules file, in bytes.
const MaxLine = 128 << 10

// Line is one line of a rules file.
type Line struct {
	Key     string // the directive in lower case, dashes as underscores
	Value   string // the rest, without white space at its ends and without a comment
	File    string
	Number  int  // 1-based
	Foreign bool // the file is one that SpamAssassin ships: it asks for a version
}

// Visitor takes the lines of files.
type Visitor interface {
	World
	// Line takes a line that holds. false: nothing more is read.
	Line(l Line) bool
	// Skipped takes a line of a block that does not hold.
	Skipped(l Line)
	// Problem takes what is wrong.
	Problem(p problem.Problem)
}

// Walk hands the lines of a file, and of those that it includes, to a visitor. false: the visitor wants no more.
func Walk(f *File, v Visitor) bool { return walk(f, v, 0) }

// reader is one file at work.
type reader struct {
	file    *File
	visitor Visitor
	line    int
	depth   int // files that include each other
	conds   []condition
	ended   bool // the rest of the file is for another version
	foreign bool
	full    bool // the visitor wants no more
}

func walk(f *File, v Visitor, depth int) bool {
	r := &reader{file: f, visitor: v, depth: depth}
	for data := f.Data; len(data) > 0 && !r.full; {
		var line []byte
		line, data, _ = bytes.Cut(data, []byte("\n"))
		if r.line++; len(line) > MaxLine {
			r.problem(problem.Error, fmt.Sprintf("the line has %d bytes, the limit is %d", len(line), MaxLine), "split the rule")
			continue
		}
		r.read(clean(string(line)))
	}
	for _, c := range r.conds {
		v.Problem(problem.Problem{File: f.Name, Line: c.line, Text: "this if has no endif", Hint: "close it in the same file"})
	}
	return !r.full
}

// clean takes the comment off a line: all from a # on that has no backslash before it.
func clean(line string) string {
	if i := strings.IndexByte(line, '#'); i >= 0 {
		for i < len(line) && i > 0 && line[i-1] == '\\' {
			next := strings.IndexByte(line[i+1:], '#')
			if next < 0 {
				i = len(line)
				break
			}
			i += next + 1
		}
		line = strings.ReplaceAll(line[:i], `\#`, "#")
	}
	return strings.Trim(line, " \t\r\f\v\x00\ufeff")
}

// language is the one in which texts are read, as lang lines name it.
const language = "en_us"

// read takes one line apart and does what belongs to files; the rest is the visitor's.
func (r *reader) read(line string) {
	key, value := Word(line)
	if key == "lang" {
		name, rest := Word(value)
		if rest == "" || !strings.HasPrefix(language, strings.ToLower(name)) {
			return
		}
		key, value = Word(rest)
	}
	if key == "" {
		return
	}
	l := Line{Key: strings.ReplaceAll(strings.ToLower(key), "-", "_"), Value: value, File: r.file.Name, Number: r.line, Foreign: r.foreign}
	switch {
	case r.conditional(l.Key, value):
	case r.skipping():
		r.visitor.Skipped(l)
	case l.Key == "include":
		r.include(value)
	case l.Key == "require_version":
		r.requireVersion(value)
	default:
		r.full = !r.visitor.Line(l)
	}
}

// Word cuts the first word off.
func Word(s string) (first, rest string) {
	i := strings.IndexAny(s, " \t\v\f\r")
	if i < 0 {
		return s, ""
	}
	return s[:i], strings.TrimLeft(s[i:], " \t\v\f\r")
}

func (r *reader) problem(level problem.Level, text, hint string) {
	r.visitor.Problem(problem.Problem{File: r.file.Name, Line: r.line, Level: level, Text: text, Hint: hint})
}

// include reads another file of the same folder or below it, in place.
func (r *reader) include(value string) {
	name, _ := Word(value)
	if r.depth >= maxIncludes {
		r.problem(problem.Error, fmt.Sprintf("include %s: more than %d files include each other", name, maxIncludes), "is there a circle?")
		return
	}
	f, err := r.file.include(name)
	switch {
	case errors.Is(err, errOutside):
		r.problem(problem.Error, fmt.Sprintf("include %s: refused, it lies outside of the rules folder", name), "copy the file into the folder, or load it with a path of its own")
	case errors.Is(err, fs.ErrNotExist):
		r.problem(problem.Error, fmt.Sprintf("include %s: there is no such file", name), "names are relative to the file that includes")
	case err != nil:
		r.problem(problem.Error, fmt.Sprintf("include %s: refused: %v", name, err), "only plain files of the rules folder can be included")
	default:
		r.full = !walk(&f, r.visitor, r.depth+1)
	}
}

// requireVersion leaves the rest of a file out that was written for another version, as SpamAssassin does.
func (r *reader) requireVersion(value string) {
	r.foreign = true // only SpamAssassin's own files have such a line
	if value != versionText && value != "@@VERSION@@" {
		r.problem(problem.NotRun, "the rest of the file: it requires version "+value+" of SpamAssassin", "this is the language of "+versionText)
		r.ended = true
	}
}
