package config

import (
	"encoding"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"weir/filters/setting"
)

// literal writes a value as TOML. A secret is hidden.
func literal(path string, v reflect.Value) string {
	if m, ok := v.Interface().(encoding.TextMarshaler); ok {
		if text, err := m.MarshalText(); err == nil {
			return quote(setting.Redact(path, string(text)))
		}
	}
	switch v.Kind() {
	case reflect.String:
		return quote(setting.Redact(path, v.String()))
	case reflect.Float32, reflect.Float64:
		s := strconv.FormatFloat(v.Float(), 'f', -1, 64)
		if !strings.Contains(s, ".") {
			s += ".0"
		}
		return s
	case reflect.Slice:
		list := make([]string, v.Len())
		for i := range list {
			list[i] = literal(path, v.Index(i))
		}
		return "[" + strings.Join(list, ", ") + "]"
	case reflect.Map:
		return literalMap(path, v)
	case reflect.Pointer:
		if v.IsNil() {
			return ""
		}
		return literal(path, v.Elem())
	}
	return fmt.Sprint(v.Interface())
}

func literalMap(path string, v reflect.Value) string {
	list := make([]string, 0, v.Len())
	for it := v.MapRange(); it.Next(); {
		key := it.Key().String()
		if !bare(key) {
			key = quote(key)
		}
		list = append(list, key+" = "+literal(join(path, key), it.Value()))
	}
	slices.Sort(list)
	return "{" + strings.Join(list, ", ") + "}"
}

// quote writes a basic string of TOML, in which every control character and backslash is escaped.
func quote(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range strings.ToValidUTF8(s, "\uFFFD") {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case strconv.IsPrint(r):
			b.WriteRune(r)
		case r <= 0xFFFF:
			fmt.Fprintf(&b, `\u%04X`, r)
		default:
			fmt.Fprintf(&b, `\U%08X`, r)
		}
	}
	b.WriteByte('"')
	return b.String()
}
