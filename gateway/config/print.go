package config

import (
	"bufio"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"weir/filters"
)

const defaultsHead = `# Every setting of weir.toml with its default. A line that begins with # is not in force, so this file as it is changes
# nothing: take the # away from what you change. "weir config check FILE" checks a file, "weir config show" says what is
# in force and why.
`

// WriteDefaults writes every setting there is with its default and its meaning, each filter's too, as TOML whose
// settings are commented out. The text passes Load, and it still does with the comment signs of all settings removed.
func WriteDefaults(out io.Writer, specs []filters.Spec) error {
	c, err := Load("", specs)
	if err != nil {
		return err
	}
	w := bufio.NewWriter(out)
	w.WriteString(defaultsHead)
	for _, s := range c.Sections(specs) {
		w.WriteByte('\n')
		wrap(w, s.Text)
		if s.Header != "" {
			fmt.Fprintf(w, "#%s\n", s.Header)
		}
		for _, one := range s.Settings {
			wrap(w, one.Text)
			fmt.Fprintf(w, "#%s = %s\n", one.Key, one.Value)
		}
	}
	return w.Flush()
}

// wrap writes a sentence as comment lines: "# " and text, where a setting has no space after the sign.
func wrap(w *bufio.Writer, text string) {
	const width = 100
	line := "#"
	for word := range strings.FieldsSeq(text) {
		if len(line)+len(word) > width {
			w.WriteString(line + "\n")
			line = "#"
		}
		line += " " + word
	}
	if line != "#" {
		w.WriteString(line + "\n")
	}
}

// Show writes what is in force, as TOML with a comment at each line that says where the value comes from. Secrets are
// hidden.
func (c *Config) Show(out io.Writer, specs []filters.Spec) error {
	w := bufio.NewWriter(out)
	for i, s := range c.Sections(specs) {
		if i > 0 {
			w.WriteByte('\n')
		}
		if s.Header != "" {
			fmt.Fprintf(w, "%s\n", s.Header)
		}
		showSettings(w, s.Settings)
	}
	return w.Flush()
}

// showSettings writes the lines of one table with their comments under each other, as far as the values are short.
func showSettings(w *bufio.Writer, settings []Setting) {
	const widest = 60
	width := 0
	for _, s := range settings {
		if n := utf8.RuneCountInString(s.Key + " = " + s.Value); n <= widest {
			width = max(width, n)
		}
	}
	for _, s := range settings {
		fmt.Fprintf(w, "%-*s  # %s\n", width, s.Key+" = "+s.Value, s.From())
	}
}
