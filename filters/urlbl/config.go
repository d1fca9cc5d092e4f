package urlbl

import (
	"time"

	"weir/filters/dnslist"
	"weir/filters/setting"
	"weir/scoring"
)

// Config is the table [filters.urlbl].
type Config struct {
	Budget   setting.Duration `toml:"budget" comment:"longest wait for the lists; a list that takes longer is off until it is well"`
	MaxScore float64          `toml:"max_score" comment:"what block lists add up to at most"`
	MinScore float64          `toml:"min_score" comment:"what allow lists add up to at least"`
	Most     int              `toml:"most" comment:"domains of one mail that are asked about, 1 to 100; of other things a third"`
	Skip     []string         `toml:"skip" comment:"domains that are never asked about, beside those built in"`
	DQSKey   setting.Secret   `toml:"dqs_key" comment:"key of Spamhaus's Data Query Service: its lists are asked there, not at the public mirrors"`
	Zones    dnslist.Zones    `toml:"zones" comment:"A list: docs/urlbl.md says which need registration."`
}

// DefaultConfig gives the shipped settings.
func DefaultConfig() Config {
	return Config{Budget: setting.Duration(time.Second), MaxScore: 8, MinScore: -1, Most: 30, Skip: []string{}, Zones: defaultZones()}
}

// Symbols lists what the lists may report: those that an administrator adds have symbols too (filters.Declarer).
func (c *Config) Symbols() []scoring.Symbol { return c.Zones.Symbols("urlbl") }

// kinds are what lists can be asked about here.
var kinds = []dnslist.Kind{dnslist.Domain, dnslist.Host, dnslist.IP, dnslist.Address, dnslist.Email, dnslist.File}

// defaultZones are today's public lists. On are those that anybody may ask for a small site without a word to the
// operator. Off is what needs a contract; what tells a stranger whom your users write with (hashes of mail addresses) or
// what they are sent (hashes of files); and what asks the sender's own name servers (addresses of hosts), who then
// knows when his mail is looked at.
func defaultZones() dnslist.Zones {
	domain := []dnslist.Kind{dnslist.Domain}
	return dnslist.Zones{
		"spamhaus_dbl": {Enabled: true, Zone: "dbl.spamhaus.org", Operator: "spamhaus", Ask: domain, Listed: "dbltest.com",
			Codes: dnslist.Codes("127.0.1.2 SPAM 3.5", "127.0.1.4 PHISH 4", "127.0.1.5 MALWARE 4", "127.0.1.6 BOTNET 4",
				"127.0.1.102 ABUSED_SPAM 1.5", "127.0.1.103 ABUSED_REDIRECTOR 0.5", "127.0.1.104 ABUSED_PHISH 2.5", "127.0.1.105 ABUSED_MALWARE 2.5", "127.0.1.106 ABUSED_BOTNET 2.5")},
		"surbl": {Enabled: true, Zone: "multi.surbl.org", Ask: []dnslist.Kind{dnslist.Domain, dnslist.IP}, Listed: "surbl-org-permanent-test-point.com",
			Codes: dnslist.Codes("127.0.0.&8 PHISH 3.5", "127.0.0.&16 MALWARE 3.5", "127.0.0.&64 ABUSE 3", "127.0.0.&128 CRACKED 1.5")},
		"uribl": {Enabled: true, Zone: "multi.uribl.com", Ask: []dnslist.Kind{dnslist.Domain, dnslist.IP}, Listed: "127.0.0.2",
			Codes: dnslist.Codes("127.0.0.&2 BLACK 2.5", "127.0.0.&4 GREY 0.5", "127.0.0.&8 RED 0.3")},

		"spamhaus_zrd": {Enabled: true, Zone: "{key}.zrd.dq.spamhaus.net", Operator: "spamhaus", Ask: domain, Listed: "none",
			Codes: dnslist.Codes("127.0.2.2-24 NEW 1.5")},
		"spamhaus_sbl": {Zone: "sbl.spamhaus.org", Operator: "spamhaus", Ask: []dnslist.Kind{dnslist.Address, dnslist.IP},
			Codes: dnslist.Codes("127.0.0.2 LISTED 1.5", "127.0.0.9 DROP 2.5")},
		"spamhaus_hbl_email": {Zone: "_email.{key}.hbl.dq.spamhaus.net", Operator: "spamhaus", Ask: []dnslist.Kind{dnslist.Email}, Hash: dnslist.SHA1,
			Codes: dnslist.Codes("127.0.3.2 LISTED 3.5")},
		"spamhaus_hbl_file": {Zone: "_file.{key}.hbl.dq.spamhaus.net", Operator: "spamhaus", Ask: []dnslist.Kind{dnslist.File}, Hash: dnslist.SHA256,
			Codes: dnslist.Codes("127.0.3.10 MALWARE 6", "127.0.3.15 SUSPICIOUS 3")},
		"msbl_ebl": {Zone: "ebl.msbl.org", Ask: []dnslist.Kind{dnslist.Email}, Hash: dnslist.SHA1,
			Codes: dnslist.Codes("127.0.0.2-3 - 2.5")},
		"cymru_malware": {Zone: "malware.hash.cymru.com", Ask: []dnslist.Kind{dnslist.File}, Hash: dnslist.MD5,
			Codes: dnslist.Codes("127.0.0.2 - 5")},
	}
}
