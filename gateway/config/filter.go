package config

import (
	"errors"
	"fmt"
	"maps"
	"reflect"

	"weir/filters"
	"weir/filters/setting"
	"weir/gateway"
)

// Filter is a table [filters.<name>]: what the gateway wants to know of a filter. The filter's own settings stand in
// the same table; Decode reads them.
type Filter struct {
	Enabled   bool             `toml:"enabled" comment:"run this filter"`
	OnFailure OnFailure        `toml:"on_failure" comment:"ignore: judge the mail without this filter; defer: 451, try again later"`
	Timeout   setting.Duration `toml:"timeout" comment:"for one message; what takes longer has failed"`

	path string
	doc  *document
	own  map[string]any // the filter's own keys, as written

	settings any // the filter's own struct, decoded
}

// OnFailure is filters.FailureMode as it is written.
type OnFailure string

// UnmarshalText takes ignore or defer.
func (o *OnFailure) UnmarshalText(text []byte) error { return word(o, text, "ignore", "defer") }

// Mode gives the gateway's value.
func (o OnFailure) Mode() filters.FailureMode {
	if o == "defer" {
		return filters.DeferMail
	}
	return filters.Ignore
}

func onFailure(m filters.FailureMode) OnFailure {
	if m == filters.DeferMail {
		return "defer"
	}
	return "ignore"
}

// Decode fits the filter's own settings into a pointer to a struct that holds the defaults: the argument for
// filters.Spec.New. Its error is a Problems.
func (f *Filter) Decode(into any) error {
	v := reflect.ValueOf(into)
	if v.Kind() != reflect.Pointer || v.Elem().Kind() != reflect.Struct {
		return fmt.Errorf("config: %s: decode needs a pointer to a struct, got %T", f.path, into)
	}
	b := binder{document: f.doc}
	b.table(f.path, f.own, v.Elem(), commonKeys)
	return b.problems.err()
}

var commonKeys = fieldsOf(reflect.ValueOf(Filter{})).names()

func defaultFilter(spec *filters.Spec) *Filter {
	timeout := spec.Timeout
	if timeout == 0 {
		timeout = gateway.DefaultTimeout
	}
	return &Filter{Enabled: !spec.Off, OnFailure: onFailure(spec.OnFailure), Timeout: setting.Duration(timeout), path: join("filters", spec.Name)}
}

// bindFilters reads [filters.*]: a table for each filter there is, and no other.
func (b *binder) bindFilters(value any, specs []filters.Spec, into map[string]*Filter) {
	tables, ok := value.(map[string]any)
	if !ok && value != nil {
		b.add("filters", "must be tables: write [filters.%s]", "<name>")
		return
	}
	names := make([]string, len(specs))
	for i := range specs {
		names[i] = specs[i].Name
		into[names[i]] = b.bindFilter(&specs[i], tables[names[i]])
	}
	for _, name := range sortedKeys(tables) {
		if into[name] == nil {
			b.unknown("filters", name, names)
		}
	}
}

// bindFilter reads one table; a nil value is an empty one.
func (b *binder) bindFilter(spec *filters.Spec, value any) *Filter {
	f := defaultFilter(spec)
	f.doc, f.own = b.document, map[string]any{}
	table, ok := value.(map[string]any)
	if !ok && value != nil {
		b.add(f.path, "must be a table: write [%s]", f.path)
		return f
	}
	maps.Copy(f.own, table)
	common := map[string]any{}
	for _, key := range commonKeys {
		if v, ok := f.own[key]; ok {
			common[key] = v
			delete(f.own, key)
		}
	}
	b.table(f.path, common, reflect.ValueOf(f).Elem(), nil)
	settings, problems := f.probe(spec)
	f.settings = settings
	b.problems = append(b.problems, problems...)
	return f
}

// errProbed ends a Spec.New that was only asked for its settings.
var errProbed = errors.New("config: only the settings were asked for")

// probe lets Spec.New decode its settings and stops it before it makes anything. It returns the settings (a pointer to
// the filter's struct) and what is wrong in them.
func (f *Filter) probe(spec *filters.Spec) (settings any, problems Problems) {
	_, err := spec.New(func(into any) error {
		settings = into
		if err := f.Decode(into); err != nil {
			return err
		}
		return errProbed
	}, OfflineEnv(nil))
	if errors.As(err, &problems) || errors.Is(err, errProbed) {
		return settings, problems
	}
	if settings == nil && len(f.own) > 0 {
		problems.add(f.doc.place(f.path), f.path, "this filter has no settings of its own; known here: %q", commonKeys)
	}
	if err != nil {
		problems.add(f.doc.place(f.path), f.path, "%s", err)
	}
	return settings, problems
}
