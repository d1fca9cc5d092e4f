package realtest

import (
	"errors"
	"fmt"
	"os"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// postfixServices is the part of master.cf that every Postfix of ours has: nothing runs chrooted, since the unpacked
// programs' libraries are not in the queue folder.
const postfixServices = `$ADDR inet n - n - - smtpd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
relay unix - - n - - smtp
showq unix n - n - - showq
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
virtual unix - n n - - virtual
lmtp unix - - n - - lmtp
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
`

// settings is our main.cf: loopback only, no DNS, Maildirs for the listed addresses.
func (p *Postfix) settings(mailboxes []string) map[string]string {
	var boxes, domains []string
	for _, m := range mailboxes {
		boxes = append(boxes, fmt.Sprintf("{%s=%s/}", m, m))
		_, domain, _ := strings.Cut(m, "@")
		domains = append(domains, domain)
	}
	slices.Sort(domains)
	return map[string]string{
		"compatibility_level": "3.6", "myhostname": "mx.weir.test", "mydestination": "",
		"mail_owner": "daemon", "setgid_group": "mail", "default_privs": "nobody",
		"queue_directory": "$QUEUE", "data_directory": "$DIR/data", "meta_directory": "$DIR/etc",
		"daemon_directory":  p.tree.Path("usr/lib/postfix/sbin"),
		"command_directory": p.tree.Path("usr/sbin"),
		"shlib_directory":   p.tree.Path("usr/lib/postfix"),
		// Daemons start with a clean environment; without this they would not find their libraries.
		"import_environment": "MAIL_CONFIG TZ LD_LIBRARY_PATH=" + p.tree.LibraryPath(),
		"export_environment": "MAIL_CONFIG TZ LD_LIBRARY_PATH",
		"maillog_file":       "$DIR/log", "maillog_file_prefixes": filepath.Dir(p.Dir),
		"inet_interfaces": "loopback-only", "inet_protocols": "ipv4", "mynetworks": "127.0.0.0/8",
		"disable_dns_lookups": "yes", "smtp_host_lookup": "native",
		"alias_maps": "", "alias_database": "", "local_recipient_maps": "",
		"smtpd_recipient_restrictions": "reject_unauth_destination",
		"virtual_mailbox_domains":      strings.Join(slices.Compact(domains), " "),
		"virtual_mailbox_maps":         inlineTable(boxes),
		"virtual_mailbox_base":         "$DIR/mail",
		"virtual_uid_maps":             "static:65534", "virtual_gid_maps": "static:65534",
		"virtual_mailbox_limit": "0", "message_size_limit": "52428800",
	}
}

// inlineTable writes a table into main.cf itself, so that no table needs compiling.
func inlineTable(entries []string) string {
	if len(entries) == 0 {
		return ""
	}
	return "inline:{ " + strings.Join(entries, " ") + " }"
}

// layout makes the folders with the owners that Postfix's own set-up script would give them.
func (p *Postfix) layout() error {
	daemon, err := ids("daemon", "mail")
	if err != nil {
		return err
	}
	nobody, err := ids("nobody", "")
	if err != nil {
		return err
	}
	root := [2]int{0, 0}
	err = errors.Join(os.Chmod(p.Dir, 0o755), p.folder("etc", 0o755, root), p.folder("queue", 0o755, root),
		p.folder("queue/pid", 0o755, root), p.folder("data", 0o700, daemon), p.folder("mail", 0o755, nobody),
		p.folder("queue/public", 0o710, daemon), p.folder("queue/maildrop", 0o730, daemon))
	for _, name := range strings.Fields("active bounce corrupt defer deferred flush hold incoming private saved trace") {
		err = errors.Join(err, p.folder("queue/"+name, 0o700, daemon))
	}
	return err
}

func (p *Postfix) folder(name string, mode os.FileMode, owner [2]int) error {
	path := filepath.Join(p.Dir, name)
	return errors.Join(os.Mkdir(path, mode), os.Chmod(path, mode), os.Chown(path, owner[0], owner[1]))
}

// ids gives the numbers of a user and of a group; group "" is the user's own.
func ids(name, group string) (pair [2]int, err error) {
	u, err := user.Lookup(name)
	if err != nil {
		return pair, fmt.Errorf("%w: postfix needs the user %s: %w", ErrUnavailable, name, err)
	}
	gid := u.Gid
	if group != "" {
		g, err := user.LookupGroup(group)
		if err != nil {
			return pair, fmt.Errorf("%w: postfix needs the group %s: %w", ErrUnavailable, group, err)
		}
		gid = g.Gid
	}
	pair[0], _ = strconv.Atoi(u.Uid) // numbers on every Unix
	pair[1], _ = strconv.Atoi(gid)
	return pair, nil
}
