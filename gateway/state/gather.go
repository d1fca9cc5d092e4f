package state

import (
	"fmt"
	"strings"

	"weir/gateway/store/backend"
)

// gather puts the tables of domains and people together, in their order: nobody wants a line for each.
func gather(stats []backend.Stat) (list []backend.Stat) {
	at, many := map[string]int{}, map[string]int{}
	for _, s := range stats {
		what, own := family(s.Name)
		if !own {
			list = append(list, s)
			continue
		}
		s.Name = what
		id := string(s.Kind) + what
		i, ok := at[id]
		if many[id]++; !ok {
			at[id], list = len(list), append(list, s)
			continue
		}
		sum := &list[i]
		sum.Entries, sum.Keys, sum.Bytes, sum.Budget = sum.Entries+s.Entries, sum.Keys+s.Keys, sum.Bytes+s.Bytes, sum.Budget+s.Budget
	}
	for id, i := range at {
		list[i].Name += fmt.Sprintf(" (%d)", many[id])
	}
	return list
}

// family gives the path of a table, its marks or its journal without whose it is; false: it is the site's.
func family(path string) (string, bool) {
	what, rest, own := strings.Cut(path, ":")
	if _, journal, ok := strings.Cut(rest, "/"); ok {
		what += "/" + journal
	}
	return what, own
}
