package config

import (
	"encoding"
	"fmt"
	"net/netip"
	"reflect"

	"weir/filters/setting"
)

// mistyped says in words what a setting takes, and what it was given.
func (b *binder) mistyped(path string, value any, dst reflect.Value) {
	b.add(path, "must be %s, not %s", wanted(dst.Type()), given(value))
}

// wanted says in words what a setting takes, with an example.
func wanted(t reflect.Type) string {
	if words, ok := typeWords[t]; ok {
		return words
	}
	if isText(t) {
		return `a string in quotes, like "text"`
	}
	switch t.Kind() {
	case reflect.String:
		return `a string in quotes, like "text"`
	case reflect.Bool:
		return "true or false"
	case reflect.Float32, reflect.Float64:
		return "a number, like 5 or 7.5"
	case reflect.Slice:
		return fmt.Sprintf("a list (each element %s)", wanted(t.Elem()))
	case reflect.Struct, reflect.Map:
		return "a table"
	}
	return "a whole number, like 5"
}

var typeWords = map[reflect.Type]string{
	reflect.TypeFor[setting.Duration](): `a duration in quotes, like "30s" or "5m"`,
	reflect.TypeFor[setting.Size]():     `a size in quotes, like "50MB"`,
	reflect.TypeFor[netip.Prefix]():     `a network in quotes, like "192.0.2.0/24"`,
}

func given(value any) string {
	switch value.(type) {
	case string:
		return "a string"
	case bool:
		return "true or false"
	case int64:
		return "a whole number"
	case float64:
		return "a number with a fraction"
	case []any:
		return "a list"
	case map[string]any:
		return "a table"
	}
	return "a date or time"
}

// isText tells whether values of t are written as text.
func isText(t reflect.Type) bool {
	return reflect.PointerTo(t).Implements(reflect.TypeFor[encoding.TextUnmarshaler]())
}
