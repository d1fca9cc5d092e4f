package reputation

import (
	"fmt"
	"net/netip"

	"github.com/oschwald/maxminddb-golang/v2"

	"weir/filters"
)

// systems is a file that knows autonomous systems. nil knows none.
type systems struct{ file *maxminddb.Reader }

func openSystems(path string) (*systems, error) {
	if path == "" {
		return nil, nil
	}
	r, err := maxminddb.Open(path)
	if err != nil {
		return nil, fmt.Errorf("asn: %w: it must be a MaxMind file such as GeoLite2-ASN.mmdb", err)
	}
	return &systems{r}, nil
}

// subject gives the autonomous system of an address.
func (s *systems) subject(a netip.Addr) (subject, bool) {
	if s == nil {
		return subject{}, false
	}
	var number uint32
	if err := s.file.Lookup(a.Unmap()).DecodePath(&number, "autonomous_system_number"); err != nil || number == 0 {
		return subject{}, false
	}
	name := fmt.Sprintf("AS%d", number)
	return subject{&all[5], filters.Name{What: name}, name}, true
}

func (s *systems) close() error {
	if s == nil {
		return nil
	}
	return s.file.Close()
}
