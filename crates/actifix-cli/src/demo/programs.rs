//! Small programs that really fail, and what mends each.

use std::fs;
use std::io;
use std::path::Path;

use super::run::{self, language_of};

/// The folder of the programs, in the demo's own.
pub const FOLDER: &str = "programs";
/// So many of them are taken.
const TAKEN: usize = 6;
/// So many of each language, where there is one.
const OF_A_LANGUAGE: usize = 2;

/// A program with a mistake in it.
#[derive(Debug)]
pub struct Program {
    /// Its file's name; the end says the language.
    pub file: &'static str,
    text: &'static str,
    /// The mistake.
    pub wrong: &'static str,
    /// What belongs in its place.
    pub right: &'static str,
}

/// The programs: Python's and Node's first, and the shell's, which is always there, for what is missing.
const PROGRAMS: [Program; 10] = [
    Program {
        file: "average.py",
        text: "def mean(values):\n    return sum(values) / len(values)\n\nprint('average', mean([]))\n",
        wrong: "/ len(values)",
        right: "/ max(len(values), 1)",
    },
    Program {
        file: "orders.py",
        text: "def price(order):\n    return order['price'] * order['count']\n\nprint('total', price({'amount': 3, 'count': 4}))\n",
        wrong: "order['price']",
        right: "order['amount']",
    },
    Program {
        file: "cart.js",
        text: "function total(cart) {\n  return cart.items.reduce((sum, item) => sum + item.price, 0);\n}\n\nconsole.log('total', total({}));\n",
        wrong: "cart.items.reduce",
        right: "(cart.items ?? []).reduce",
    },
    Program {
        file: "invoice.js",
        text: "const net = 19.99;\nconsole.log('to pay', (net * 1.2).toFixed(200));\n",
        wrong: "toFixed(200)",
        right: "toFixed(2)",
    },
    Program {
        file: "report.sh",
        text: "set -u\nunset REGION\necho \"sales in $REGION\"\n",
        wrong: "$REGION",
        right: "${REGION:-all regions}",
    },
    Program {
        file: "share.sh",
        text: "people=0\necho \"each gets $((100 / people))\"\n",
        wrong: "people=0",
        right: "people=4",
    },
    Program {
        file: "names.sh",
        text: "set -e\nlist='zoe adam mia'\nsotr=$(printf '%s\\n' $list | sotr)\necho \"sorted:\" $sotr\n",
        wrong: "| sotr)",
        right: "| sort)",
    },
    Program {
        file: "greet.sh",
        text: "name=${1:?a name is needed}\necho \"good morning, $name\"\n",
        wrong: "${1:?a name is needed}",
        right: "${1:-everybody}",
    },
    Program {
        file: "hosts.sh",
        text: "set -e\nread -r host < /nowhere/hosts\necho \"host $host answers\"\n",
        wrong: "read -r host < /nowhere/hosts",
        right: "host=localhost",
    },
    Program {
        file: "home.sh",
        text: "set -e\ncd /nowhere/at/all\necho \"now in $(pwd)\"\n",
        wrong: "cd /nowhere/at/all",
        right: "cd /",
    },
];

/// The programs for this machine.
pub fn choose() -> Vec<&'static Program> {
    let mut taken: Vec<&Program> = Vec::new();
    for (language, try_it) in [("py", ["python3", "-c", "0"]), ("js", ["node", "-e", "0"])] {
        let there = run::quiet(try_it[0])
            .args(&try_it[1..])
            .output()
            .is_ok_and(|output| output.status.success());
        if there {
            taken.extend(written_in(language).take(OF_A_LANGUAGE));
        }
    }
    taken.extend(written_in("sh").take(TAKEN - taken.len()));
    taken
}

fn written_in(language: &str) -> impl Iterator<Item = &'static Program> {
    PROGRAMS
        .iter()
        .filter(move |program| language_of(program.file) == language)
}

impl Program {
    /// The program that a ticket's source (`programs/average.py:2`) names.
    pub fn of_source(source: &str) -> Option<&'static Self> {
        let path = source.rsplit_once(':').map_or(source, |(path, _)| path);
        let file = path.rsplit_once('/').map_or(path, |(_, file)| file);
        PROGRAMS.iter().find(|program| program.file == file)
    }

    /// Writes it into `folder`, with its mistake.
    pub fn write(&self, folder: &Path) -> io::Result<()> {
        fs::write(folder.join(self.file), self.text)
    }

    /// Takes the mistake out of the copy at `path`.
    pub fn mend(&self, path: &Path) -> io::Result<()> {
        let text = fs::read_to_string(path)?;
        fs::write(path, text.replacen(self.wrong, self.right, 1))
    }
}

#[cfg(test)]
mod tests {
    use super::super::run::run;
    use super::*;

    #[test]
    fn every_mistake_stands_once_in_its_program() {
        for program in &PROGRAMS {
            assert_eq!(
                program.text.matches(program.wrong).count(),
                1,
                "{}",
                program.file
            );
            assert_eq!(
                Program::of_source(&format!("programs/{}:2", program.file))
                    .unwrap()
                    .file,
                program.file
            );
        }
        assert!(written_in("sh").count() >= TAKEN);
    }

    #[test]
    fn every_shell_program_fails_and_runs_when_it_is_mended() {
        let folder = tempfile::tempdir().unwrap();
        for program in written_in("sh") {
            program.write(folder.path()).unwrap();
            assert!(
                !run(folder.path(), program.file).unwrap().well,
                "{}",
                program.file
            );
            program.mend(&folder.path().join(program.file)).unwrap();
            let mended = run(folder.path(), program.file).unwrap();
            assert!(
                mended.well && !mended.stdout.is_empty(),
                "{} {mended:?}",
                program.file
            );
        }
    }
}
