package cause

import (
	"context"
	"strings"
	"time"

	"gorun/internal/account"
	"gorun/internal/helper"
)

// expired finds out whether the caller's account or password has expired, so that PAM does
// not let the manager start. All users may ask chage(1) about their own account. It knows
// only the accounts in /etc/shadow.
func (s *scene) expired(ctx context.Context) *Cause {
	name := s.userName()
	chage, err := helper.Find("chage")
	if name == "" || err != nil {
		return nil
	}
	out, err := helper.Output(ctx, "env", "LC_ALL=C", chage, "-i", "-l", "--", name)
	if err != nil {
		return nil
	}
	c := agingOf(string(out)).at(time.Now())
	if c != nil {
		c.Unit, c.User = s.userUnit(), name
	}
	return c
}

// userName is the caller's name, empty if there is none.
func (s *scene) userName() string {
	u, err := account.ByUID(s.uid)
	if err != nil {
		return ""
	}
	return u.Name
}

// aging is what chage(1) prints, by the text before the colon.
type aging map[string]string

// agingOf reads the output of "chage -i -l":
//
//	Last password change					: 2026-01-02
//	Password expires					: never
//	Account expires						: 1970-01-01
//	Maximum number of days between password change		: 99999
func agingOf(out string) aging {
	a := aging{}
	for line := range strings.Lines(out) {
		name, value, _ := strings.Cut(line, ":")
		a[strings.TrimSpace(name)] = strings.TrimSpace(value)
	}
	return a
}

// at is the cause if the account or the password has expired by a time. PAM counts days in
// UTC: the account ends with the begin of its day, the password after it
// (check_shadow_expiry in pam_unix).
func (a aging) at(now time.Time) *Cause {
	const mustChange = "password must be changed"
	today := now.UTC().Format(time.DateOnly)
	account, password := a["Account expires"], a["Password expires"]
	switch {
	case isDate(account) && account <= today:
		return &Cause{Kind: AccountExpired, Detail: account}
	case a["Last password change"] == mustChange, password == mustChange:
		return &Cause{Kind: PasswordExpired, Detail: "must be changed"}
	case isDate(password) && password < today:
		return &Cause{Kind: PasswordExpired, Detail: "expired on " + password}
	}
	return nil
}

// isDate reports whether a text is a date and not "never". Dates compare as texts.
func isDate(text string) bool {
	_, err := time.Parse(time.DateOnly, text)
	return err == nil
}
