window._env_ = {
  "VITE_API_URL": "https://codemie.ai-staging.example.com/code-assistant-api",
  "VITE_ENV": "prod",
  "VITE_APP_VERSION": "2.57.2"
};
