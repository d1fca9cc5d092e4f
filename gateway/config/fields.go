package config

import (
	"maps"
	"reflect"
	"slices"
	"strings"
)

// field is one setting of a struct: its key and its value.
type field struct {
	key   string
	text  string // one sentence from the comment tag; "" none
	value reflect.Value
}

type fieldList []field

// fieldsOf lists the settings of a struct in order: exported fields with a toml tag. Embedded structs without a tag
// lie flat in the same table. Fields without a tag are no settings.
func fieldsOf(v reflect.Value) fieldList {
	var list fieldList
	for i := range v.NumField() {
		f := v.Type().Field(i)
		tag, tagged := f.Tag.Lookup("toml")
		key, _, _ := strings.Cut(tag, ",")
		switch {
		case f.Anonymous && !tagged && f.Type.Kind() == reflect.Struct:
			list = append(list, fieldsOf(v.Field(i))...)
		case f.IsExported() && tagged && key != "" && key != "-":
			list = append(list, field{key: key, text: f.Tag.Get("comment"), value: v.Field(i)})
		}
	}
	return list
}

func (l fieldList) find(key string) (field, bool) {
	i := slices.IndexFunc(l, func(f field) bool { return f.key == key })
	if i < 0 {
		return field{}, false
	}
	return l[i], true
}

func (l fieldList) names() []string {
	names := make([]string, len(l))
	for i, f := range l {
		names[i] = f.key
	}
	return names
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
