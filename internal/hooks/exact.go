package hooks

import "encoding/json"

// Words of a command line, values of variables and names of files need not be UTF-8, which JSON
// strings are. A [Job] is written with their bytes.

// exactCommand is a command as it is written.
type exactCommand struct {
	Text, File []byte
	Args       [][]byte
	MayFail    bool
}

// MarshalJSON writes the command without a loss.
func (c Command) MarshalJSON() ([]byte, error) {
	return json.Marshal(exactCommand{[]byte(c.Text), []byte(c.File), exact(c.Args), c.MayFail})
}

// UnmarshalJSON reads what MarshalJSON has written.
func (c *Command) UnmarshalJSON(data []byte) error {
	var e exactCommand
	err := json.Unmarshal(data, &e)
	*c = Command{string(e.Text), string(e.File), texts(e.Args), e.MayFail}
	return err
}

// plainJob is a job without methods.
type plainJob Job

// exactJob is a job as it is written. Its own fields replace those of the same name.
type exactJob struct {
	plainJob
	Env [][]byte
	Dir []byte
}

// MarshalJSON writes the job without a loss.
func (j Job) MarshalJSON() ([]byte, error) {
	return json.Marshal(exactJob{plainJob(j), exact(j.Env), []byte(j.Dir)})
}

// UnmarshalJSON reads what MarshalJSON has written.
func (j *Job) UnmarshalJSON(data []byte) error {
	var e exactJob
	err := json.Unmarshal(data, &e)
	*j = Job(e.plainJob)
	j.Env, j.Dir = texts(e.Env), string(e.Dir)
	return err
}

func exact(texts []string) [][]byte {
	list := make([][]byte, len(texts))
	for i, t := range texts {
		list[i] = []byte(t)
	}
	return list
}

func texts(exact [][]byte) []string {
	list := make([]string, len(exact))
	for i, e := range exact {
		list[i] = string(e)
	}
	return list
}
