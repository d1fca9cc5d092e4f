// Package headers has the functions about header fields: dates that can't be, trails of relays that a big mailer would not
// leave, recipients in alphabetical order, characters that no header may hold.
package headers

import (
	"fmt"
	"strings"

	"weir/rules/eval"
	"weir/rules/eval/args"
	"weir/rules/eval/locales"
	"weir/rules/view"
	"weir/rules/view/field"
)

// Room is the family of functions.
type Room struct {
	locales locales.List // ok_locales
}

// New makes the room.
func New() *Room { return &Room{} }

// Plugins implements eval.Room.
func (*Room) Plugins() []string { return []string{"HeaderEval"} }

// Set implements eval.Room.
func (r *Room) Set(key, value string) (known bool, err error) {
	if key != "ok_locales" {
		return false, nil
	}
	return true, r.locales.Set(value)
}

// plain are the functions without arguments.
var plain = map[string]func(m *view.Mail) bool{
	"check_for_fake_aol_relay_in_rcvd":             fakeAOL,
	"check_for_forged_hotmail_received_headers":    func(m *view.Mail) bool { return hotmail(m) == helloed },
	"check_for_no_hotmail_received_headers":        func(m *view.Mail) bool { return hotmail(m) == claimed },
	"check_for_msn_groups_headers":                 fromGroups,
	"check_for_forged_eudoramail_received_headers": notByEudora,
	"check_for_forged_yahoo_received_headers":      notByYahoo,
	"check_for_forged_juno_received_headers":       notByJuno,
	"check_for_forged_gmail_received_headers":      notByGmail,
	"check_for_forged_gw05_received_headers":       shortGateway,
	"check_for_matching_env_and_hdr_from":          sameSender,
	"check_for_missing_to_header":                  noRecipient,
	"check_for_unique_subject_id":                  func(*view.Mail) bool { return false },
	"sorted_recipients":                            func(m *view.Mail) bool { return recipientsOf(m).sorted },
	"subject_is_all_caps":                          shouts,
	"check_outlook_message_id":                     falseOutlook,
	"check_messageid_not_usable":                   rewrittenID,
	"check_unresolved_template":                    unresolved,
	"check_ratware_name_id":                        nameInID,
	"check_ratware_envelope_from":                  recipientInSender,
	"gated_through_received_hdr_remover":           gated,
	"check_equal_from_domains":                     otherDomain,
}

// Bind implements eval.Room.
func (r *Room) Bind(c eval.Call) (eval.Check, error) {
	if f, ok := plain[c.Name]; ok {
		return func(m *view.Mail) int { return args.Yes(f(m)) }, nil
	}
	switch c.Name {
	case "check_for_faraway_charset_in_headers":
		return r.bindFaraway()
	case "check_illegal_chars":
		return bindIllegal(c)
	case "similar_recipients":
		return bindBetween(c, func(m *view.Mail) (float64, float64) { return recipientsOf(m).alike, 1 })
	case "check_for_shifted_date":
		return bindBetween(c, func(m *view.Mail) (float64, float64) { return float64(datesOf(m).shift), 3600 })
	case "received_within_months":
		return bindBetween(c, func(m *view.Mail) (float64, float64) { return float64(m.Now.Unix() - datesOf(m).received), month })
	case "check_for_to_in_subject":
		return bindInSubject(c)
	case "check_header_count_range":
		return bindCount(c)
	}
	return nil, eval.ErrUnknown
}

// bindBetween binds a function that tells whether a value lies between two, the second not included. The word undef in place
// of one leaves that end open. unit is what the arguments count in.
func bindBetween(c eval.Call, value func(m *view.Mail) (v, unit float64)) (eval.Check, error) {
	ends, open := [2]float64{}, [2]bool{true, true}
	for i := range ends {
		s, there := args.Text(c, i)
		if !there || s == "undef" {
			continue
		}
		var err error
		if ends[i], err = args.Number(c, i, 0); err != nil {
			return nil, err
		}
		open[i] = false
	}
	return func(m *view.Mail) int {
		v, unit := value(m)
		return args.Yes((open[0] || v >= ends[0]*unit) && (open[1] || v < ends[1]*unit))
	}, nil
}

// bindCount binds check_header_count_range(field, least, most): how many different values a field has.
func bindCount(c eval.Call) (eval.Check, error) {
	name, _ := args.Text(c, 0)
	t, err := field.Parse(name)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", c.Name, err)
	}
	least, most, err := args.Two(c, 1)
	return func(m *view.Mail) int {
		seen := map[string]bool{}
		for _, v := range m.Header().List(t) {
			seen[v] = true
		}
		n := float64(len(seen))
		return args.Yes(n >= least && n <= most)
	}, err
}

// bindIllegal binds check_illegal_chars(field, share, number): bytes that no header may hold.
func bindIllegal(c eval.Call) (eval.Check, error) {
	name, _ := args.Text(c, 0)
	if !strings.HasSuffix(name, ":raw") {
		name += ":raw"
	}
	t, err := field.Parse(name)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", c.Name, err)
	}
	share, number, err := args.Two(c, 1)
	return func(m *view.Mail) int {
		s, _ := m.Header().Get(t)
		return args.Yes(illegal(s, strings.EqualFold(name, "subject:raw"), share, number))
	}, err
}

func get(m *view.Mail, target string) string {
	v, _ := m.Get(target)
	return v
}
