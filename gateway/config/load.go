package config

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"reflect"
	"strings"

	"weir/filters"
)

// Flag is a setting given on the command line; it wins over the file.
type Flag struct {
	Name  string // as typed, "--listen": the place that errors and `weir config show` name
	Key   string // full path of the setting, "smtp.listen"
	Value any    // string, bool, int64, float64, []string, []any or map[string]any, as TOML would give it
}

// Load reads a config file; path "" is an empty one. It gives a whole valid Config, or an error (mostly a Problems
// with all mistakes) and no Config.
func Load(path string, specs []filters.Spec, flags ...Flag) (*Config, error) {
	if path == "" {
		return Parse("", nil, specs, flags...)
	}
	text, err := read(path)
	if err != nil {
		return nil, err
	}
	return Parse(path, text, specs, flags...)
}

// read reads at most a little more than a config may have, so that a wrong path (a disk, a log) costs nothing.
func read(path string) ([]byte, error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s: there is no such config file; `weir config defaults` writes one", path)
	}
	if err != nil {
		return nil, fmt.Errorf("the config file can't be read: %w", err)
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err != nil {
		return nil, fmt.Errorf("the config file can't be read: %w", err)
	}
	return text, nil
}

// Parse is Load for a text; file is the name used in errors.
func Parse(file string, text []byte, specs []filters.Spec, flags ...Flag) (*Config, error) {
	doc, err := parse(file, text)
	if err != nil {
		return nil, err
	}
	for _, f := range flags {
		doc.overlay(f)
	}
	c := Default()
	c.doc = doc
	b := binder{document: doc}
	b.bindFilters(doc.values["filters"], specs, c.Filters)
	b.table("", doc.values, reflect.ValueOf(c).Elem(), []string{"filters"})
	if len(b.problems) == 0 {
		c.validate(&b)
	}
	if err := b.problems.err(); err != nil {
		return nil, err
	}
	return c, nil
}

// overlay puts a flag's value in the place of the file's.
func (d *document) overlay(f Flag) {
	table, keys := d.values, strings.Split(f.Key, ".")
	for _, key := range keys[:len(keys)-1] {
		next, ok := table[key].(map[string]any)
		if !ok {
			next = map[string]any{}
			table[key] = next
		}
		table = next
	}
	value := plain(reflect.ValueOf(f.Value))
	table[keys[len(keys)-1]] = value
	for path := range d.places {
		if rest, ok := strings.CutPrefix(path, f.Key); ok && (rest == "" || rest[0] == '.' || rest[0] == '[') {
			delete(d.places, path)
		}
	}
	d.noteFlag(f.Key, value, Place{File: f.Name})
}

// noteFlag notes the flag as the place of a value and of all that is inside it.
func (d *document) noteFlag(path string, value any, at Place) {
	d.places[path] = at
	switch v := value.(type) {
	case []any:
		for i := range v {
			d.noteFlag(element(path, i), v[i], at)
		}
	case map[string]any:
		for key := range v {
			d.noteFlag(join(path, key), v[key], at)
		}
	}
}

// plain turns Go values into those that TOML gives: []any, map[string]any, int64.
func plain(v reflect.Value) any {
	switch v.Kind() {
	case reflect.Interface:
		return plain(v.Elem())
	case reflect.Slice:
		list := make([]any, v.Len())
		for i := range list {
			list[i] = plain(v.Index(i))
		}
		return list
	case reflect.Map:
		table := make(map[string]any, v.Len())
		for it := v.MapRange(); it.Next(); {
			table[it.Key().String()] = plain(it.Value())
		}
		return table
	case reflect.Int:
		return v.Int()
	}
	return v.Interface()
}
