package quarantine

import (
	"errors"
	"fmt"
	"strings"

	"filippo.io/age"

	"weir/filters/setting"
)

// Config is the table `[quarantine]`.
type Config struct {
	Dir         string           `toml:"dir"`          // folder, made where it is missing; "" means no quarantine: such mail is deferred
	Keep        setting.Duration `toml:"keep"`         // 0: for ever
	KeepDeleted setting.Duration `toml:"keep_deleted"` // in which deleted mail can be brought back; 0: it can't
	MaxSize     setting.Size     `toml:"max_size"`     // bytes of all files; 0: no limit
	EncryptTo   []string         `toml:"encrypt_to"`   // age public keys; empty: not encrypted
}

const day = 24 * 3600 * 1e9

// DefaultConfig keeps mail under weir-data for a month.
func DefaultConfig() Config {
	return Config{Dir: "weir-data/quarantine", Keep: 30 * day, KeepDeleted: 7 * day, EncryptTo: []string{}}
}

// Check tells what is wrong with the settings.
func (c Config) Check() error {
	var all []error
	if strings.ContainsRune(c.Dir, 0) {
		all = append(all, errors.New("quarantine.dir has a NUL byte; write the folder's path"))
	}
	if c.Keep < 0 || c.KeepDeleted < 0 || c.MaxSize < 0 {
		all = append(all, errors.New("quarantine.keep, keep_deleted and max_size are not below 0; 0 is no limit"))
	}
	_, err := c.recipients()
	return errors.Join(append(all, err)...)
}

// recipients are the keys that mail is encrypted to.
func (c Config) recipients() (list []age.Recipient, err error) {
	for _, text := range c.EncryptTo {
		keys, err := age.ParseRecipients(strings.NewReader(text))
		if err != nil || len(keys) != 1 {
			return nil, fmt.Errorf("quarantine.encrypt_to: %.30q is no age public key: make one with age-keygen and write it like \"age1…\"", text)
		}
		list = append(list, keys...)
	}
	return list, nil
}
