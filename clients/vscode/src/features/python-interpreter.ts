/** Which Python runs a file: the setting, else the Python extension's choice, else `python3`. */
import * as vscode from 'vscode';

interface PythonExtension {
  environments?: {
    getActiveEnvironmentPath: (resource?: vscode.Uri) => { path: string };
    resolveEnvironment: (environment: {
      path: string;
    }) => Promise<{ executable: { uri?: vscode.Uri } } | undefined>;
  };
}

export async function pythonInterpreter(resource: vscode.Uri): Promise<string> {
  const setting = vscode.workspace
    .getConfiguration('whyalive', resource)
    .get<string>('python.path', '');
  return setting !== '' ? setting : ((await chosenInPythonExtension(resource)) ?? 'python3');
}

async function chosenInPythonExtension(resource: vscode.Uri): Promise<string | undefined> {
  const extension = vscode.extensions.getExtension<PythonExtension | undefined>('ms-python.python');
  const environments = (await extension?.activate())?.environments;
  if (environments === undefined) {
    return undefined;
  }
  const active = environments.getActiveEnvironmentPath(resource);
  return (await environments.resolveEnvironment(active))?.executable.uri?.fsPath;
}
