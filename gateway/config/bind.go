package config

import (
	"encoding"
	"math"
	"net/netip"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"weir/filters/setting"
	"weir/rules/problem"
)

// binder fits the values of a document into Go values by their toml tags. It goes on after a mistake, so that one
// run shows them all.
type binder struct {
	*document
	problems Problems
}

// seeder is a map that says with what an entry begins that the file names for the first time.
type seeder interface{ Seed(name string) any }

// bind fits a value of the document into dst. What the file does not name keeps its default.
func (b *binder) bind(path string, value any, dst reflect.Value) {
	if special(b, path, value, dst) {
		return
	}
	switch dst.Kind() {
	case reflect.Struct:
		if table, ok := value.(map[string]any); ok {
			b.table(path, table, dst, nil)
			return
		}
	case reflect.Map:
		if table, ok := value.(map[string]any); ok {
			b.entries(path, table, dst)
			return
		}
	case reflect.Slice:
		if list, ok := value.([]any); ok {
			b.list(path, list, dst)
			return
		}
	case reflect.Pointer:
		fresh := reflect.New(dst.Type().Elem())
		b.bind(path, value, fresh.Elem())
		dst.Set(fresh)
		return
	default:
		if b.scalar(path, value, dst) {
			return
		}
	}
	b.mistyped(path, value, dst)
}

// special fits types that read their own text: durations, sizes, addresses, networks, words.
func special(b *binder, path string, value any, dst reflect.Value) bool {
	text, isText := value.(string)
	if n, ok := value.(int64); ok && n >= 0 {
		text, isText = strconv.FormatInt(n, 10), true // a size of 512, or a duration without its unit
	}
	if dst.Type() == reflect.TypeFor[netip.Prefix]() && isText {
		b.network(path, text, dst)
		return true
	}
	u, ok := dst.Addr().Interface().(encoding.TextUnmarshaler)
	if !ok || !isText {
		return false
	}
	if err := u.UnmarshalText([]byte(text)); err != nil {
		b.add(path, "%s", withoutSecret(path, text, err))
	}
	return true
}

// withoutSecret gives the error's text, unless it may quote a password.
func withoutSecret(path, value string, err error) string {
	if setting.IsSecret(path) || setting.Redact(path, value) != value {
		return "this value can't be used (it is not shown, since it may be a secret)"
	}
	return err.Error()
}

// network takes 192.0.2.0/24 and also a single address.
func (b *binder) network(path, text string, dst reflect.Value) {
	p, err := netip.ParsePrefix(text)
	if a, aerr := netip.ParseAddr(text); aerr == nil && a.Zone() == "" {
		p, err = netip.PrefixFrom(a, a.BitLen()), nil
	}
	if err != nil {
		b.add(path, `%q is no network: write it like "192.0.2.0/24", "2001:db8::/32" or "192.0.2.1"`, text)
		return
	}
	if p != p.Masked() {
		b.add(path, "%s has bits behind its mask: do you mean %s, or the one address %s?", p, p.Masked(), p.Addr())
		return
	}
	dst.Set(reflect.ValueOf(p))
}

// table fits a table into a struct. Keys in other are known too, but someone else reads them.
func (b *binder) table(path string, table map[string]any, dst reflect.Value, other []string) {
	fields := fieldsOf(dst)
	for _, key := range sortedKeys(table) {
		if f, ok := fields.find(key); ok {
			b.bind(join(path, key), table[key], f.value)
		} else if !slices.Contains(other, key) {
			b.unknown(path, key, append(fields.names(), other...))
		}
	}
}

func (b *binder) unknown(path, key string, known []string) {
	full, where := join(path, key), whereKnown(key)
	if strings.HasPrefix(full, "filters.") {
		where = "" // a filter's keys are its own business
	}
	slices.Sort(known)
	switch near := problem.Nearest(key, slices.Values(known)); {
	case near != "":
		b.add(full, "unknown key; did you mean %q?", near)
	case where != "":
		b.add(full, "unknown key here; did you mean %s?", where)
	case len(known) == 0:
		b.add(full, "unknown key: nothing can be set here; remove it")
	default:
		b.add(full, "unknown key; known here: %s", strings.Join(known, ", "))
	}
}

// entries fits tables into a map of structs, the entry named default first, since others may begin as it does.
func (b *binder) entries(path string, table map[string]any, dst reflect.Value) {
	if dst.IsNil() {
		dst.Set(reflect.MakeMap(dst.Type()))
	}
	keys := sortedKeys(table)
	slices.SortStableFunc(keys, func(x, y string) int { return boolInt(y == "default") - boolInt(x == "default") })
	for _, key := range keys {
		name, entry := reflect.ValueOf(key).Convert(dst.Type().Key()), reflect.New(dst.Type().Elem()).Elem()
		if old := dst.MapIndex(name); old.IsValid() {
			entry.Set(old)
		} else if s, ok := dst.Interface().(seeder); ok {
			entry.Set(reflect.ValueOf(s.Seed(key)))
		}
		b.bind(join(path, key), table[key], entry)
		dst.SetMapIndex(name, entry)
	}
}

// list fits an array into a fresh slice: a list in the file replaces the default one.
func (b *binder) list(path string, list []any, dst reflect.Value) {
	out := reflect.MakeSlice(dst.Type(), len(list), len(list))
	for i, v := range list {
		e := out.Index(i)
		b.bind(element(path, i), v, e)
	}
	dst.Set(out)
}

// scalar fits strings, numbers and booleans; false: the value is of another kind.
func (b *binder) scalar(path string, value any, dst reflect.Value) bool {
	switch v := value.(type) {
	case string:
		if dst.Kind() != reflect.String {
			return false
		}
		dst.SetString(v)
	case bool:
		if dst.Kind() != reflect.Bool {
			return false
		}
		dst.SetBool(v)
	case int64:
		return b.integer(path, v, dst)
	case float64:
		if !dst.CanFloat() {
			return false
		}
		if math.IsNaN(v) || math.IsInf(v, 0) {
			b.add(path, "must be a plain number, not %v", v)
			return true
		}
		dst.SetFloat(v)
	default:
		return false
	}
	return true
}

func (b *binder) integer(path string, v int64, dst reflect.Value) bool {
	switch {
	case dst.CanFloat():
		dst.SetFloat(float64(v))
	case dst.CanInt() && !dst.OverflowInt(v):
		dst.SetInt(v)
	case dst.CanUint() && v >= 0 && !dst.OverflowUint(uint64(v)):
		dst.SetUint(uint64(v))
	case dst.CanInt() || dst.CanUint():
		b.add(path, "%d is out of range", v)
	default:
		return false
	}
	return true
}

func (b *binder) add(path, format string, args ...any) {
	b.problems.add(b.place(path), path, format, args...)
}

func boolInt(b bool) int {
	if b {
		return 1
	}
	return 0
}
