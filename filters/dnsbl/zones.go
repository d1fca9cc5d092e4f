package dnsbl

import "weir/filters/dnslist"

// defaultZones are today's public lists. On are those that anybody may ask for a small site without a word to the
// operator, that list what sends spam and no whole providers, and that take addresses off by themselves.
func defaultZones() dnslist.Zones {
	client := []dnslist.Kind{dnslist.Client}
	names := []dnslist.Kind{dnslist.RDNS, dnslist.Helo, dnslist.Sender}
	return dnslist.Zones{
		"spamhaus": {Enabled: true, Zone: "zen.spamhaus.org", Operator: "spamhaus", Ask: []dnslist.Kind{dnslist.Client, dnslist.Relay}, IPv6: true,
			Codes: dnslist.Codes("127.0.0.2 SBL 3 relay", "127.0.0.3 CSS 3", "127.0.0.4-7 XBL 4", "127.0.0.9 DROP 5 relay", "127.0.0.10-11 PBL 2.5")},
		"spamhaus_dbl": {Enabled: true, Zone: "dbl.spamhaus.org", Operator: "spamhaus", Ask: names, Listed: "dbltest.com",
			Codes: dnslist.Codes("127.0.1.2 SPAM 2.5", "127.0.1.4 PHISH 3", "127.0.1.5 MALWARE 3", "127.0.1.6 BOTNET 3", "127.0.1.102-106 ABUSED 0.5 mild")},
		"spamhaus_zrd": {Enabled: true, Zone: "{key}.zrd.dq.spamhaus.net", Operator: "spamhaus", Ask: names, Listed: "none",
			Codes: dnslist.Codes("127.0.2.2-24 NEW 1 mild")},
		"spamcop": {Enabled: true, Zone: "bl.spamcop.net", Ask: client,
			Codes: dnslist.Codes("127.0.0.2 - 1.5")},
		"psbl": {Enabled: true, Zone: "psbl.surriel.com", Ask: client,
			Codes: dnslist.Codes("127.0.0.2 - 1.5")},
		"mailspike": {Enabled: true, Zone: "bl.mailspike.net", Operator: "mailspike", Ask: client,
			Codes: dnslist.Codes("127.0.0.2 WAVE 2.5", "127.0.0.10 WORST 2.5", "127.0.0.11 BAD 2", "127.0.0.12 POOR 1 mild")},
		"mailspike_good": {Enabled: true, Zone: "wl.mailspike.net", Operator: "mailspike", Ask: client, Listed: "none",
			Codes: dnslist.Codes("127.0.0.18 GOOD -0.3", "127.0.0.19 BETTER -0.8", "127.0.0.20 BEST -1.5")},
		"dnswl": {Enabled: true, Zone: "list.dnswl.org", Ask: client, IPv6: true, Listed: "none",
			Codes: dnslist.Codes("127.0.*.0 NONE 0", "127.0.*.1 LOW -0.7", "127.0.*.2 MED -1.5", "127.0.*.3 HIGH -2.5")},

		"abusix": {Enabled: true, Zone: "{key}.combined.mail.abusix.zone", Ask: client, IPv6: true,
			Codes: dnslist.Codes("127.0.0.2-3 SPAM 2.5", "127.0.0.4 EXPLOIT 3", "127.0.0.11-12 POLICY 2")},
		"barracuda":        {Zone: "b.barracudacentral.org", Ask: client, Codes: dnslist.Codes("127.0.0.2 - 1.5")},
		"uceprotect":       {Zone: "dnsbl-1.uceprotect.net", Ask: client, Codes: dnslist.Codes("127.0.0.2 - 0.8 mild")},
		"blocklist_de":     {Zone: "bl.blocklist.de", Ask: client, IPv6: true, Codes: dnslist.Codes("127.0.0.2-21 - 1 mild")},
		"spameatingmonkey": {Zone: "bl.spameatingmonkey.net", Ask: client, Codes: dnslist.Codes("127.0.0.2-3 - 1.5")},
		"gbudb":            {Zone: "truncate.gbudb.net", Ask: client, Codes: dnslist.Codes("127.0.0.2 - 1.5")},
		"dronebl":          {Zone: "dnsbl.dronebl.org", Ask: client, IPv6: true, Codes: dnslist.Codes("127.0.0.3-19 - 1 mild")},
	}
}
