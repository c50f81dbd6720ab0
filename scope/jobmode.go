package scope

// jobMode replaces conflicting jobs. With "fail", a launch that meets a unit it
// wants in the middle of stopping succeeds and loses that unit.
const jobMode = "replace"

// jobMode is the one that is asked for.
func (s Spec) jobMode() string {
	if s.JobMode == "" {
		return jobMode
	}
	return s.JobMode
}

// MayLoseLease tells whether the job mode lets a launch succeed without the lease
// that [LeaseLingering] asks for.
func (s Spec) MayLoseLease() bool {
	switch s.jobMode() {
	case jobMode, "replace-irreversibly", "flush":
		return false
	}
	return s.mayStartManager()
}
