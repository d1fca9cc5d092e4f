package backend

import (
	"encoding/hex"
	"strings"

	"weir/filters"
	"weir/gateway/store/key"
)

// TablePath names a table in the store: "bayes", or "bayes:" and the key of its scope.
func TablePath(y *key.Keyer, t *filters.Table) string {
	if t.Scope == (filters.Name{}) {
		return t.Name
	}
	k := y.Key(t.Name, t.Scope)
	return t.Name + ":" + hex.EncodeToString(k[:])
}

// Scope gives the key of a table's scope from its path; false: it is the site's.
func Scope(path string) (key.Key, bool) {
	var k key.Key
	_, digits, ok := strings.Cut(path, ":")
	digits, _, _ = strings.Cut(digits, "/")
	return k, ok && k.UnmarshalText([]byte(digits)) == nil
}

// StreamPath names a stream: "reports", or "bayes/journal" for a table's.
func StreamPath(y *key.Keyer, s *filters.Stream) string {
	if s.Of == nil {
		return s.Name
	}
	return TablePath(y, s.Of) + "/" + s.Name
}
