package gateway

import (
	"maps"
	"slices"

	"weir/filters"
	"weir/message/authres"
)

// ResultsName is the field in which we say what authentication found (RFC 8601).
const ResultsName = "Authentication-Results"

// methods is the order of what we know in our field; other methods follow by name.
var methods = []string{"spf", "dkim", "dmarc", "arc", "iprev", "bimi"}

// results is what authentication found, as our Authentication-Results field tells it. Without results it says "none":
// the field itself tells that we looked.
func (s *Snapshot) results(r *Report) authres.Field {
	f := authres.Field{Serv: s.Settings.authservID()}
	for _, method := range methods {
		f.Results = appendResults(f.Results, r.Auth[method])
	}
	for _, method := range slices.Sorted(maps.Keys(r.Auth)) {
		if !slices.Contains(methods, method) {
			f.Results = appendResults(f.Results, r.Auth[method])
		}
	}
	return f
}

func appendResults(list []authres.Result, found []filters.Auth) []authres.Result {
	for i := range found {
		a := &found[i]
		r := authres.Result{Method: a.Method, Value: string(a.Value), Reason: a.Reason, Props: make([]authres.Prop, len(a.Props))}
		for k, p := range a.Props {
			r.Props[k] = authres.Prop(p)
		}
		list = append(list, r)
	}
	return list
}
