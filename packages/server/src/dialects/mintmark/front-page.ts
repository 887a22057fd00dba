/** The page at `/`: what this is, and where things are. Plain HTML, no script. */
export const FRONT_PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<!-- For Quay's Ansible collection, which looks for it before it signs in: window.__token = ''; -->
<title>Mintmark</title>
<style>
:root { font: 16px/1.5 system-ui, sans-serif; color-scheme: light dark; }
body { max-width: 40rem; margin: 15vh auto 0; padding: 0 1.25rem; }
h1 { font-size: 2rem; margin: 0 0 .25rem; }
p { margin: .5rem 0 1.5rem; }
li { margin: .35rem 0; }
code { font-size: .95em; }
</style>
</head>
<body>
<main>
<h1>Mintmark</h1>
<p>The hub for API tokens: get one, use it with the tools you have, end it when you are done.</p>
<ul>
<li><a href="api/mintmark/v1/openapi.json">API description (OpenAPI 3.1)</a></li>
<li><a href="healthz">Health</a> and <a href="readyz">readiness</a></li>
<li>Collections for <code>ansible-galaxy</code>: <code>/api/galaxy/</code></li>
</ul>
</main>
</body>
</html>
`;
