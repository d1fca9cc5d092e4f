package config

import (
	"reflect"
	"slices"
	"strings"

	"weir/filters"
)

// Setting is one effective value, as `weir config show` prints it.
type Setting struct {
	Path  string // "smtp.listen", "next_hop[0].domains"
	Key   string // last step of Path
	Value string // TOML; secrets are hidden
	Place Place  // where it was written; zero: a default
	Text  string // one sentence; "" none
}

// From says where the value comes from: "default", "weir.toml:12", "--listen".
func (s Setting) From() string {
	if s.Place == (Place{}) {
		return "default"
	}
	p := s.Place
	p.Column = 0
	return p.String()
}

// Section is one table of the file with its settings. The first section has no header: the top of the file.
type Section struct {
	Header   string // "[smtp]", "[[next_hop]]"; "" the top
	Text     string // one sentence; "" none
	Settings []Setting
}

// Sections lists all settings by table, those of every filter included: each filter is asked for its own.
func (c *Config) Sections(specs []filters.Spec) []Section {
	w := walker{doc: c.doc}
	w.table("", "", "", reflect.ValueOf(c).Elem())
	for i := range specs {
		w.filter(c.Filters[specs[i].Name], &specs[i])
	}
	return slices.DeleteFunc(w.sections, func(s Section) bool { return len(s.Settings) == 0 })
}

type walker struct {
	doc      *document
	sections []Section
}

// table adds the settings of a struct, and then its tables, in the order of the fields.
func (w *walker) table(path, header, text string, v reflect.Value) {
	at := len(w.sections)
	w.sections = append(w.sections, Section{Header: header, Text: text})
	for _, f := range fieldsOf(v) {
		if !isTable(f.value.Type()) {
			s := w.setting(path, f)
			w.sections[at].Settings = append(w.sections[at].Settings, s)
		}
	}
	for _, f := range fieldsOf(v) {
		if isTable(f.value.Type()) {
			w.nested(join(path, f.key), f)
		}
	}
}

func (w *walker) nested(path string, f field) {
	v := f.value
	switch v.Kind() {
	case reflect.Struct:
		w.table(path, "["+bareHeader(path)+"]", w.text(path, f.text), v)
	case reflect.Slice:
		for i := range v.Len() {
			w.table(element(path, i), "[["+bareHeader(path)+"]]", w.text(path, f.text), v.Index(i))
		}
	case reflect.Map:
		keys := v.MapKeys()
		slices.SortFunc(keys, func(a, b reflect.Value) int { return strings.Compare(a.String(), b.String()) })
		for _, k := range keys {
			entry := join(path, k.String())
			w.table(entry, "["+entry+"]", w.text(path, f.text), v.MapIndex(k))
		}
	}
}

// filter adds [filters.<name>]: what the gateway wants to know, and the filter's own settings.
func (w *walker) filter(f *Filter, spec *filters.Spec) {
	if f == nil {
		return
	}
	at := len(w.sections)
	w.table(f.path, "["+f.path+"]", spec.Text, reflect.ValueOf(f).Elem())
	own, _ := f.probe(spec)
	v := reflect.ValueOf(own)
	if v.Kind() != reflect.Pointer || v.Elem().Kind() != reflect.Struct {
		return
	}
	inner := walker{doc: w.doc}
	inner.table(f.path, "", "", v.Elem())
	w.sections[at].Settings = append(w.sections[at].Settings, inner.sections[0].Settings...)
	w.sections = append(w.sections, inner.sections[1:]...)
}

func (w *walker) setting(path string, f field) Setting {
	full := join(path, f.key)
	at, _ := w.doc.written(full)
	return Setting{Path: full, Key: f.key, Value: literal(full, f.value), Place: at, Text: w.text(full, f.text)}
}

// text is the sentence of a setting: of its comment tag, or else ours.
func (w *walker) text(path, tag string) string {
	if tag != "" {
		return tag
	}
	return texts[generic(path)]
}

// isTable tells whether a value is written as tables of its own.
func isTable(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.Struct:
		return !isText(t)
	case reflect.Slice:
		return t.Elem().Kind() == reflect.Struct && !isText(t.Elem())
	case reflect.Map:
		return t.Elem().Kind() == reflect.Struct && !isText(t)
	}
	return false
}

// bareHeader is a path as a TOML table header: elements of arrays of tables have no number there.
func bareHeader(path string) string {
	var b strings.Builder
	for {
		open := strings.IndexByte(path, '[')
		if open < 0 {
			b.WriteString(path)
			return b.String()
		}
		b.WriteString(path[:open])
		_, path, _ = strings.Cut(path[open:], "]")
	}
}

// generic is a path as the texts know it: without numbers, and with <name> for names that the admin chose.
func generic(path string) string {
	steps := strings.SplitN(bareHeader(path), ".", 3)
	if len(steps) > 1 && (steps[0] == "policies" || steps[0] == "filters") {
		steps[1] = "<name>"
	}
	return strings.Join(steps, ".")
}
